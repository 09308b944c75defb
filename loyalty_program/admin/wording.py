"""
Words on the staff's pages that are Django's and unfold's, and that our catalogue translates.

Unfold brings no Chinese. Django's says 注销 for “Log out”, which elsewhere means to
delete an account, and 取消选中 (unselect) for a link that deletes. Our catalogue is asked
first, so what it says about these counts. They stand here to be found by makemessages.
"""

from django.utils.translation import gettext_noop as _

WORDS = [
    _("Action"),
    _("Add"),
    _("Add %s"),
    _("Add %(name)s"),
    _("Add another %(model)s"),
    _("Add row"),
    _("Added “%(object)s”."),
    _("After you've created a user, you’ll be able to edit more user options."),
    _("Apply Filters"),
    _("Change %s"),
    _("Click to cancel"),
    _("Dark"),
    _("Date"),
    _("Delete selected %(model)s"),
    _("False"),
    _("Filter"),
    _("Filters"),
    _("From"),
    _("General"),
    _("Go back"),
    _("Light"),
    _("Loading more results..."),
    _("Log out"),
    _("More actions"),
    _("Next"),
    _("No action selected."),
    _("No results found"),
    _("No results matching your query"),
    _("Previous"),
    _(
        "Raw passwords are not stored, so there is no way to see this user’s password, but you "
        'can change the password using <a href="{}" class="text-primary-600 '
        'dark:text-primary-500">this form</a>.'
    ),
    _("Recent actions"),
    _("Reset filters"),
    _("Run"),
    _("Run the selected action"),
    _("Save and add another"),
    _("Select %s to change"),
    _("Select %s to view"),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select record"),
    _("Select value"),
    _("System"),
    _("Thanks for spending some quality time with the web site today."),
    _("The {name} “{obj}” was added successfully."),
    _("The {name} “{obj}” was added successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    _("This item will be deleted."),
    _("To"),
    _("Toggle password visibility"),
    _("True"),
    _("Type to search"),
    _("View %s"),
    _("Welcome"),
    _("Welcome back to"),
    _(
        "You are authenticated as %(username)s, but are not authorized to access this page. Would "
        "you like to login to a different account?"
    ),
    _("You have been successfully logged out from the administration"),
]

from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import NotFound, Refused


class ApiKeyNotFound(NotFound):
    code = "api-key-not-found"
    title = _("There is no such API key.")


class ApiKeyNotValid(Refused):
    code = "api-key-not-valid"
    title = _("This API key is revoked, has expired or was replaced, so it cannot be replaced.")

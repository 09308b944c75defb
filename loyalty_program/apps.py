from django.apps import AppConfig


class LoyaltyProgramConfig(AppConfig):
    """The project as an app: its commands, templates, static files and translations."""

    name = "loyalty_program"

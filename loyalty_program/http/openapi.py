"""How the API is described to those who build on it."""

SETTINGS = {
    "TITLE": "Loyalty programme",
    "DESCRIPTION": "The API that tills, web shops and members' apps talk to.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    # The browser gets everything from this server, and nothing from others.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "ApprovalStatus": "members.approvals.models.Status",
        "BenefitKind": "rewards.benefits.models.Benefit.Kind",
        "EntryKind": "members.ledger.models.Kind",
        "HoldStatus": "members.ledger.models.Hold.Status",
        "MemberStatus": "members.profiles.models.Member.Status",
        "PointsCurrency": "members.ledger.models.Currency",
        "RuleKind": "rewards.earning.models.EarningRule.Kind",
    },
    "GET_LIB_DOC_EXCLUDES": "loyalty_program.http.schema.not_for_callers",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "loyalty_program.http.schema.with_problems",
    ],
}

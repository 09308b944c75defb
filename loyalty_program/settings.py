"""
How this deployment runs. How the programme runs is in the database.

Every value that differs between deployments is read from the environment here,
and nowhere else.
"""

import logging
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from loyalty_program import reactions, roles, unfold
from loyalty_program.http import logs, openapi

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

if "DATABASE_URL" not in env:
    raise ImproperlyConfigured(
        "DATABASE_URL is not set: point it at a PostgreSQL server, for example "
        "postgres://user:password@127.0.0.1:5432/loyalty, or run `make demo`, "
        "which brings its own."
    )

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: give this deployment a long random value of its own "
            "(or DEBUG=true on a developer's machine)."
        )
    SECRET_KEY = "development-only"  # noqa: S105 -- refused above, unless for debugging
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# A shop has a proxy in front that speaks TLS and says so; on a laptop there is none.
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^(healthz|readyz|metrics)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0

INSTALLED_APPS = [
    "loyalty_program",  # before the apps whose pages it refines
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "members",
    "rewards",
]
MIDDLEWARE = [
    "loyalty_program.http.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "members.programme.admin.StaffTime",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "loyalty_program.urls"
WSGI_APPLICATION = "loyalty_program.wsgi.application"

DATABASES = {"default": env.db("DATABASE_URL")}
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    raise ImproperlyConfigured(
        "DATABASE_URL must name a PostgreSQL database (postgres://…): the ledger is written in it."
    )
DATABASES["default"] |= {
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
    "CONN_HEALTH_CHECKS": True,
}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "connect_timeout": 3,
        # Statements are bound and prepared by the server, so that those that are said
        # again and again are parsed and planned once for each connection.
        "server_side_binding": True,
        "prepare_threshold": 3,
        "application_name": env.str("APPLICATION_NAME", default="loyalty"),
        # A stuck statement or a forgotten transaction must not stop a shop.
        "options": " ".join(
            [
                f"-c statement_timeout={env.str('STATEMENT_TIMEOUT', default='30s')}",
                f"-c lock_timeout={env.str('LOCK_TIMEOUT', default='5s')}",
                f"-c idle_in_transaction_session_timeout={env.str('IDLE_TIMEOUT', default='60s')}",
                # Every statement of ours is over before one could be compiled.
                "-c jit=off",
            ]
        ),
    }
)
# Who migrates, where that is another than the application: only the owner may change a
# table, and the application may not write the ledger. See docs/operations.md.
DATABASE_OWNER = (
    {
        name: value
        for name, value in env.db("DATABASE_OWNER_URL").items()
        if name in {"USER", "PASSWORD", "HOST", "PORT"}
    }
    if env.str("DATABASE_OWNER_URL", default="")
    else {}
)
DATABASE_ROLE_PREFIX = env.str("DATABASE_ROLE_PREFIX", default=roles.PREFIX)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "loyalty_program" / "locale"]
FORMAT_MODULE_PATH = "loyalty_program.formats"

# Whose numbers are meant when a phone number comes without its country, such as CN.
# Empty: such a number is refused.
DEFAULT_PHONE_REGION = env.str("DEFAULT_PHONE_REGION", default="")

# How the staff's pages look, and what they show.
UNFOLD = unfold.UNFOLD
ADMIN_PANELS = unfold.ADMIN_PANELS
ADMIN_LINKS = unfold.ADMIN_LINKS
APPROVAL_WORDS = unfold.APPROVAL_WORDS
JOB_WORDS = unfold.JOB_WORDS
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
WHITENOISE_USE_FINDERS = DEBUG

# Where the ledger's anchors are kept: out of reach of whoever may write the database. A
# directory, or any other storage, such as one of django-storages, with its options in JSON.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "ledger_anchors": {
        "BACKEND": env.str(
            "LEDGER_ANCHORS_BACKEND", default="django.core.files.storage.FileSystemStorage"
        ),
        "OPTIONS": env.json("LEDGER_ANCHORS_OPTIONS", default={})
        or {"location": env.str("LEDGER_ANCHORS_DIR", default=str(BASE_DIR / ".data/anchors"))},
    },
}

# The dashboard's figures are kept here, and nothing that anybody would miss.
CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}
if "redis" in CACHES["default"]["BACKEND"]:
    CACHES["default"]["OPTIONS"] = {"socket_timeout": 2, "socket_connect_timeout": 2}

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "loyalty_program.http.problems.problem_response",
    "DEFAULT_AUTHENTICATION_CLASSES": ["members.access.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["members.access.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["loyalty_program.http.strict_json.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": (
        "loyalty_program.http.negotiation.PlainFirstNegotiation"
    ),
    "DEFAULT_METADATA_CLASS": "loyalty_program.http.negotiation.Methods",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = openapi.SETTINGS
# Where a problem's page is found; as it stands, on the host that answered with the problem.
PROBLEM_BASE_URL = env.str("PROBLEM_BASE_URL", default="/problems/")

# Celery only wakes workers up: what is to be done stands in PostgreSQL. The
# settings keep a message from being lost or run twice where that can be had.
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "queue_order_strategy": "round_robin",
    "global_keyprefix": env.str("REDIS_KEY_PREFIX", default="loyalty:"),
}
CELERY_VISIBILITY_TIMEOUT = 3600
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE = True
CELERY_TASK_ACKS_ON_TIMEOUT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ETA_TASK_LIMIT = 1000
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_SEND_SENT_EVENT = False
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False

# What the engine does by itself: on time, after events, in jobs.
CELERY_BEAT_SCHEDULE = reactions.SCHEDULE
EVENT_SUBSCRIBERS = reactions.SUBSCRIBERS
APPROVAL_ACTIONS = reactions.APPROVAL_ACTIONS
JOBS = reactions.JOBS
# Work that was sent and is not done after this long is sent again.
EVENTS_RESEND_SECONDS = env.int("EVENTS_RESEND_SECONDS", default=60)
# Work that is done is kept this long; what happened to members is kept for good.
EVENTS_KEPT_DAYS = env.int("EVENTS_KEPT_DAYS", default=14)

# One JSON object a line on standard error; nothing personal in it.
LOGGING = logs.logging_config(level=env.str("LOG_LEVEL", default="INFO"))
logs.configure_structlog()
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
# Without a token, /metrics answers this machine and its private network only.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Where the programs without a port leave signs of life; see `loyalty_program.pulse`.
PULSE_DIRECTORY = env.str("PULSE_DIRECTORY", default="")

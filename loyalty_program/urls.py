from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from loyalty_program import figures  # noqa: F401 - registers them with /metrics
from loyalty_program.http import health
from loyalty_program.http.problem_pages import problem_page

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("v1/", include("members.urls")),
    path("v1/", include("rewards.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema")),
    path("problems/<slug:code>", problem_page),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.prometheus),
]

handler400 = "loyalty_program.http.fallbacks.bad_request"
handler403 = "loyalty_program.http.fallbacks.permission_denied"
handler404 = "loyalty_program.http.fallbacks.not_found"
handler500 = "loyalty_program.http.fallbacks.server_error"

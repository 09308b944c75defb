from django.contrib import admin
from django.urls import path

from loyalty_program.http import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.prometheus),
]

handler400 = "loyalty_program.http.fallbacks.bad_request"
handler403 = "loyalty_program.http.fallbacks.permission_denied"
handler404 = "loyalty_program.http.fallbacks.not_found"
handler500 = "loyalty_program.http.fallbacks.server_error"

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_program.urls import urlpatterns as product
from members.access import Scope


class Empty(APIView):
    """Authenticates, reads the request and answers."""

    required_scopes = {"POST": Scope.PURCHASES_WRITE}

    def post(self, request: Request) -> Response:
        return Response({"lines": len(request.data["lines"])}, status=201)


urlpatterns = [path("empty", Empty.as_view()), *product]

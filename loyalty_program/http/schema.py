"""The OpenAPI description of the API: what all operations have in common."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import get_lib_doc_excludes
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from loyalty_program.http.problems import PROBLEM_JSON
from loyalty_program.http.serializers import StrictSerializer

Schema = dict[str, Any]

PROBLEM: Schema = {
    "type": "object",
    "description": "Why a request was not served (RFC 9457). Members beyond these are the "
    "facts of this problem, such as `available` and `requested`.",
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "The page that explains this kind of problem.",
        },
        "title": {"type": "string", "description": "The same for each problem of this kind."},
        "status": {"type": "integer", "description": "The status code of the response."},
        "code": {"type": "string", "description": "The kind of problem; branch on this."},
        "detail": {"type": "string", "description": "What it is this time."},
        "errors": {
            "type": "array",
            "description": "What is wrong where in the request.",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "The JSON pointer of the value, such as `/lines/0/amount`.",
                    },
                    "detail": {"type": "string"},
                },
                "required": ["pointer", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "code"],
    "examples": [
        {
            "type": "/problems/insufficient-points",
            "title": "The wallet does not hold enough available points.",
            "status": 409,
            "code": "insufficient-points",
            "available": 40,
            "requested": 60,
            "short_by": 20,
        }
    ],
}
RESPONSES = {
    400: "The request is not valid; the problem points at what is wrong.",
    401: "The credentials are missing or not valid.",
    403: "The key does not have the scope that this operation takes.",
    404: "What the request names does not exist, or not for this caller.",
    409: "The programme's rules say no; the problem says why, in numbers.",
    413: "The body is too large.",
    415: "The body is not plain JSON.",
    422: "The idempotency key was used for a different request.",
    429: "Too many requests; wait as long as `Retry-After` says.",
    503: "The service is busy; repeat the request later, under the same key.",
}
OF_ALL = (400, 401, 403, 404, 429, 503)
OF_WRITES = (409, 413, 415, 422)
A_PROBLEM: Schema = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def not_for_callers() -> list[type]:
    """
    Return the classes whose docstrings are about the code, not about the API.
    """
    return [StrictSerializer, *get_lib_doc_excludes()]  # type: ignore[no-untyped-call]


def page_of(row: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """
    Describe a page of a list, as `http.pagination` answers.
    """
    return inline_serializer(
        name=f"{row.__name__.removesuffix('Response')}Page",
        fields={
            "results": row(many=True),
            "next": serializers.URLField(
                allow_null=True, help_text="The next page; null after the last."
            ),
        },
    )


def with_problems(
    result: Schema, generator: SchemaGenerator, request: object, public: bool
) -> Schema:
    """
    Add to each operation the problems that it may answer with.

    What an operation says about a status itself stays, as the description of it.
    """
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["responses"] = {
        f"Problem{status}": {"description": description, "content": A_PROBLEM}
        for status, description in RESPONSES.items()
    }
    for method, operation in _operations(result):
        responses = operation["responses"]
        for status, response in responses.items():
            response["description"] = response["description"] or operation["summary"]
            if int(status) in RESPONSES:
                response["content"] = A_PROBLEM
        for status in OF_ALL if method == "get" else OF_ALL + OF_WRITES:
            responses.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
        operation["responses"] = dict(sorted(responses.items()))
    return result


def _operations(result: Schema) -> Iterator[tuple[str, Schema]]:
    for methods in result["paths"].values():
        yield from methods.items()

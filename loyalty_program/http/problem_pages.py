"""The pages that a problem's `type` leads to: what it means, why, and what to do next."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

PAGES = settings.BASE_DIR / "docs" / "problems"


@require_safe
def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show the page as it is written; it is Markdown, and reads well as it stands."""
    path = PAGES / f"{code}.md"
    if not path.is_file():
        raise Http404
    return HttpResponse(path.read_text(encoding="utf-8"), content_type="text/plain; charset=utf-8")

"""Every problem that a caller can meet has a page that says what it is and what to do."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import loyalty_program.http
import members
import rewards
from loyalty_program.errors import LoyaltyError
from loyalty_program.http.errors import HttpProblem
from loyalty_program.http.problems import TITLES

PAGES = Path(__file__).parents[2] / "docs" / "problems"
PACKAGES = [loyalty_program.http, members, rewards]


def _modules() -> Iterator[str]:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not {"migrations", "management"} & set(module.name.split(".")):
                yield module.name


def _kinds(kind: type) -> Iterator[type]:
    for narrower in kind.__subclasses__():
        yield narrower
        yield from _kinds(narrower)


def _codes() -> set[str]:
    for name in _modules():
        importlib.import_module(name)
    kinds = [*_kinds(LoyaltyError), *_kinds(HttpProblem)]
    ours = [kind for kind in kinds if not kind.__module__.startswith("tests.")]
    return {kind.code for kind in ours if hasattr(kind, "code")} | set(TITLES)


CODES = sorted(_codes())


@pytest.mark.parametrize("code", CODES)
def test_a_problem_has_a_page(code):
    page = (PAGES / f"{code}.md").read_text()

    assert page.startswith(f"# {code}\n")
    assert "\n## Why\n" in page
    assert "\n## What next\n" in page


def test_a_page_has_a_problem():
    assert sorted(path.stem for path in PAGES.glob("*.md")) == CODES

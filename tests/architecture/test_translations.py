"""What a person reads is there in Simplified Chinese too, and compiled as it is written."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import polib
import pytest
from django.utils.translation import gettext, override
from django.utils.translation.template import templatize

from loyalty_program.admin.wording import WORDS

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "loyalty_program" / "locale" / "zh_Hans" / "LC_MESSAGES"
APPS = [ROOT / app for app in ("loyalty_program", "members", "rewards")]
THEIRS = [Path(str(files(name))) for name in ("django.contrib.admin", "django.contrib.auth")]
UNFOLD = Path(str(files("unfold")))

Message = tuple[str | None, str, str | None]  # context, text, plural

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]|\{\w*\}")
STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({STRING}(?:,\s*{STRING})*)")


def _message(function: str, texts: list[str]) -> Message:
    context = texts.pop(0) if function.startswith(("pgettext", "npgettext")) else None
    plural = texts[1] if function.startswith(("ngettext", "npgettext")) else None
    return context, texts[0], plural


def _messages_of_module(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if re.fullmatch(r"_|n?p?gettext(_lazy|_noop)?", node.func.id):
            given = [part.value for part in node.args if isinstance(part, ast.Constant)]
            texts = [value for value in given if isinstance(value, str)]
            if texts:
                yield _message(node.func.id, texts)


def _messages_of_template(source: str) -> Iterator[Message]:
    for function, texts in CALL.findall(templatize(source)):
        yield _message(function, ast.literal_eval(f"[{texts}]"))


def _messages(folder: Path) -> set[Message]:
    """
    Return what `makemessages` finds in a folder, found without the tools of gettext.
    """
    found: set[Message] = set()
    for path in folder.rglob("*.py"):
        found.update(_messages_of_module(path.read_text()))
    for path in [*folder.rglob("*.html"), *folder.rglob("*.txt")]:
        found.update(_messages_of_template(path.read_text()))
    return found


def _entries(domain: str, *, folder: Path = CATALOGUES) -> list[polib.POEntry]:
    return list(polib.pofile(str(folder / f"{domain}.po")))


def _translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


DOMAINS = sorted(path.stem for path in CATALOGUES.glob("*.po"))


def test_the_catalogue_has_the_messages_of_the_sources_and_no_others():
    sources = set().union(*(_messages(app) for app in APPS))
    written = {
        (entry.msgctxt, entry.msgid, entry.msgid_plural or None) for entry in _entries("django")
    }
    assert written == sources, "run `make messages` and translate what is new"


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_message_is_translated(domain):
    lacking = [
        entry.msgid
        for entry in _entries(domain)
        if entry.fuzzy or entry.obsolete or not all(_translations(entry) or [""])
    ]
    assert lacking == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_translation_has_the_placeholders_of_its_message(domain):
    differing = [
        entry.msgid
        for entry in _entries(domain)
        for translation in _translations(entry)
        if sorted(PLACEHOLDER.findall(translation))
        != sorted(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    ]
    assert differing == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_coupons_are_not_misspelt(domain):
    text = (CATALOGUES / f"{domain}.po").read_text()
    assert [mistake for mistake in "劵卷" if mistake in text] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_compiled_catalogue_is_the_written_one(domain):
    written = polib.pofile(str(CATALOGUES / f"{domain}.po"))
    compiled = polib.mofile(str(CATALOGUES / f"{domain}.mo"))
    assert compiled.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert {(entry.msgctxt, entry.msgid): _translations(entry) for entry in compiled} == {
        (entry.msgctxt, entry.msgid): _translations(entry) for entry in written
    }


def test_the_widgets_of_django_are_translated_by_django_or_by_us():
    in_english, in_chinese = (
        {
            (entry.msgctxt, entry.msgid): _translations(entry)
            for entry in _entries(
                "djangojs", folder=THEIRS[0] / "locale" / language / "LC_MESSAGES"
            )
        }
        for language in ("en", "zh_Hans")
    )
    ours = {(entry.msgctxt, entry.msgid) for entry in _entries("djangojs")}
    assert ours <= in_english.keys()
    assert [word for word in in_english.keys() - ours if not in_chinese.get(word)] == []


def test_words_of_others_are_still_theirs():
    theirs = set().union(*(_messages(folder) for folder in [*THEIRS, UNFOLD]))
    texts = {text for _context, message, plural in theirs for text in (message, plural)}
    assert [word for word in WORDS if word not in texts] == []


@pytest.mark.parametrize(
    ("word", "translation"),
    [
        ("Log out", "退出登录"),  # Django's 注销 is to delete the account
        ("Delete selected %(model)s", "删除所选的%(model)s"),  # Django's 取消选中 is to unselect
        ("Filter", "筛选"),
    ],
)
def test_our_words_win_over_those_of_django(word, translation):
    with override("zh-hans"):
        assert gettext(word) == translation

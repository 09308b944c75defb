"""How details are written: one spelling each, whatever was typed."""

import re
import unicodedata
from datetime import date

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from members.profiles import rules

TODAY = date(2026, 3, 1)


def refused():
    return pytest.raises(ValueError)  # noqa: PT011 -- the rules say no more


bodies = st.from_regex(r"9[0-9]{10}", fullmatch=True)
positions = st.integers(min_value=0, max_value=11)


def fullwidth(text):
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def arabic(text):
    return "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in text)


def number_of(body):
    return body + rules.check_digit(body)


class TestCardNumbers:
    def test_new_ones_are_twelve_digits_that_check(self):
        for _ in range(200):
            number = rules.new_number()
            assert re.fullmatch(r"9[0-9]{11}", number)
            assert rules.is_number(number)

    def test_the_published_example_of_the_formula(self):
        assert rules.check_digit("572") == "4"
        assert rules.check_digit("5724") == "0"

    @given(bodies, positions, st.sampled_from("0123456789"))
    def test_one_wrong_digit_is_noticed(self, body, position, digit):
        number = number_of(body)
        assume(number[position] != digit)

        assert not rules.is_number(number[:position] + digit + number[position + 1 :])

    @given(bodies, st.integers(min_value=0, max_value=10))
    def test_a_swap_of_neighbours_is_noticed(self, body, position):
        number = number_of(body)
        one, other = number[position : position + 2]
        assume(one != other)

        assert not rules.is_number(number[:position] + other + one + number[position + 2 :])

    @given(st.text())
    def test_nothing_else_is_a_number(self, text):
        assert not rules.is_number(text)

    @pytest.mark.parametrize("spoil", [lambda n: n + "\n", lambda n: " " + n, lambda n: "0" + n])
    def test_a_number_has_no_ornament(self, spoil):
        assert not rules.is_number(spoil(number_of("91234567890")))

    def test_digits_of_other_scripts_are_none(self):
        assert not rules.is_number(fullwidth(number_of("91234567890")))
        assert not rules.is_number(arabic(number_of("91234567890")))


class TestPhones:
    @pytest.mark.parametrize(
        "text",
        [
            "+8613800138000",
            "+86 138-0013-8000",
            "0086 138 0013 8000",
            "00861380013 8000",
            "(+86) 138 0013 8000",
            fullwidth("+8613800138000"),
            arabic("+8613800138000"),
            "\u202a+86 138 0013 8000\u202c",
            "+86\u00a0138\u20110013\u20118000",
            " +86.138.0013.8000 ",
        ],
    )
    def test_every_spelling_is_one_number(self, text):
        assert rules.normal_phone(text) == "+8613800138000"

    @pytest.mark.parametrize("text", ["13800138000", "138 0013 8000", "+86 138 0013 8000"])
    def test_a_region_says_whose_national_numbers_are_meant(self, text):
        assert rules.normal_phone(text, region="CN") == "+8613800138000"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "+",
            "13800138000",
            "+86 138",
            "+86 138 0013 8000 0000",
            "+86 138 0013 8000 ext. 5",
            "+1 800 FLOWERS",
            "+999 123 456 789",
            "++8613800138000",
            "+86138001380+0",
            "+86;phone-context=1",
            "tel:+8613800138000",
            "+86138001380\x0000",
            "+8613800138000" + " " * 64,
        ],
    )
    def test_what_cannot_be_called_is_refused(self, text):
        with refused():
            rules.normal_phone(text)

    @given(
        st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
        st.sampled_from(["", "CN", "DE", "IT", "US"]),
    )
    def test_writing_twice_is_writing_once(self, region, home):
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        assume(example is not None)
        e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)

        once = rules.normal_phone(e164, region=home)

        assert rules.normal_phone(once, region=home) == once
        international = phonenumbers.format_number(
            example, phonenumbers.PhoneNumberFormat.INTERNATIONAL
        )
        assert rules.normal_phone(international, region=home) == once

    @given(st.text(max_size=80) | st.text("+0123456789 -()", max_size=20))
    def test_any_text_is_a_number_or_refused(self, text):
        try:
            phone = rules.normal_phone(text, region="CN")
        except ValueError:
            return
        assert re.fullmatch(r"\+[1-9][0-9]{3,14}", phone)
        assert rules.normal_phone(phone) == phone


class TestEmails:
    @pytest.mark.parametrize(
        ("text", "email"),
        [
            ("Ann@Example.COM", "ann@example.com"),
            (" ann@example.com\n", "ann@example.com"),
            ("ann+shop@example.com", "ann+shop@example.com"),
            ("a.n-n_1@sub.example.co.uk", "a.n-n_1@sub.example.co.uk"),
            ("ann@München.de", "ann@xn--mnchen-3ya.de"),
            ("ann@mu\u0308nchen.de", "ann@xn--mnchen-3ya.de"),
            ("ann@xn--mnchen-3ya.de", "ann@xn--mnchen-3ya.de"),
            ("ann@straße.de", "ann@xn--strae-oqa.de"),
            ("ann@例子。公司", "ann@xn--fsqu00a.xn--55qx5d"),
        ],
    )
    def test_every_spelling_is_one_address(self, text, email):
        assert rules.normal_email(text) == email

    def test_a_letter_that_only_looks_the_same_is_another_address(self):
        assert rules.normal_email("ann@p\u0430ypal.com") != rules.normal_email("ann@paypal.com")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@localhost",
            "ann@127.0.0.1",
            "ann@[127.0.0.1]",
            "ann@example.com.",
            "ann@-example.com",
            "ann@exa_mple.com",
            "ann@example..com",
            "a..nn@example.com",
            ".ann@example.com",
            "an n@example.com",
            '"ann"@example.com',
            "ann@bob@example.com",
            "张@example.com",
            "ann\x00@example.com",
            "ann@exam\u200bple.com\x00",
            "ann@example.com\r\nBcc: bob@example.com",
            "a" * 65 + "@example.com",
            "ann@" + "a" * 64 + ".com",
            "ann@" + "a." * 130 + "com",
        ],
    )
    def test_what_is_no_address_is_refused(self, text):
        with refused():
            rules.normal_email(text)

    @given(st.emails() | st.text(max_size=40).map(lambda domain: f"ann@{domain}.com"))
    def test_writing_twice_is_writing_once(self, text):
        try:
            once = rules.normal_email(text)
        except ValueError:
            return
        assert once.isascii()
        assert once == once.lower()
        assert len(once) <= 254
        assert rules.normal_email(once) == once


class TestNames:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("张伟", "张伟"),
            ("  Ann   Lee ", "Ann Lee"),
            ("Zoe\u0308", "Zoë"),
            ("Ann\u3000Lee", "Ann Lee"),
            ("O'Neil-Šćepanović", "O'Neil-Šćepanović"),
            ("ราชันย์", "ราชันย์"),
            ("😀", "😀"),
            ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
            ("", ""),
            ("   ", ""),
        ],
    )
    def test_a_name_is_kept_as_it_is_written(self, text, name):
        assert rules.normal_text(text, longest=120) == name

    @pytest.mark.parametrize(
        "hidden",
        [
            "\x00",
            "\n",
            "\x1b",
            "\u200b",
            "\u200d",
            "\u202e",
            "\u2066",
            "\ufeff",
            "\ud800",
            "\u3164",
        ],
    )
    def test_a_hidden_character_is_refused(self, hidden):
        with refused():
            rules.normal_text(f"An{hidden}n", longest=120)

    def test_length_counts_characters(self):
        assert rules.normal_text("张" * 120, longest=120) == "张" * 120
        with refused():
            rules.normal_text("张" * 121, longest=120)

    @pytest.mark.parametrize(
        "text",
        ["a" + "\u0301" * 10_000, "a" + "\u0344" * 8, "x" * 10_000_000],
        ids=["ten thousand", "that decompose", "no end"],
    )
    def test_a_heap_of_marks_is_refused(self, text):
        with refused():
            rules.normal_text(text, longest=120)

    @given(st.text(max_size=200))
    def test_writing_twice_is_writing_once(self, text):
        try:
            once = rules.normal_text(text, longest=120)
        except ValueError:
            return
        assert len(once) <= 120
        assert unicodedata.is_normalized("NFC", once)
        assert once == once.strip()
        assert not {unicodedata.category(c) for c in once} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert rules.normal_text(once, longest=120) == once


class TestBirthdays:
    @pytest.mark.parametrize(
        ("text", "birthday"),
        [
            ("--02-29", (2, 29, None)),
            ("2024-02-29", (2, 29, 2024)),
            ("1900-01-01", (1, 1, 1900)),
            ("2026-03-01", (3, 1, 2026)),
            ("--12-31", (12, 31, None)),
        ],
    )
    def test_a_day_is_a_birthday(self, text, birthday):
        assert rules.normal_birthday(text, today=TODAY) == birthday

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "--02-30",
            "2023-02-29",
            "1900-02-29",
            "--13-01",
            "--00-01",
            "--04-31",
            "1899-12-31",
            "2026-03-02",
            "0000-01-01",
            "-02-29",
            "02-29",
            "1990-1-1",
            "--02-29\n",
            arabic("1990-01-01"),
            "1990-01-01T00:00:00Z",
        ],
    )
    def test_no_other_is(self, text):
        with refused():
            rules.normal_birthday(text, today=TODAY)

    @given(st.dates(min_value=date(1900, 1, 1), max_value=TODAY))
    def test_every_day_that_has_been_is_one(self, day):
        assert rules.normal_birthday(day.isoformat(), today=TODAY) == (
            day.month,
            day.day,
            day.year,
        )
        yearless = rules.normal_birthday(f"--{day:%m-%d}", today=TODAY)
        assert yearless == (day.month, day.day, None)

    @given(st.text(max_size=12))
    def test_any_text_is_a_day_or_refused(self, text):
        with refused():
            rules.normal_birthday(text, today=TODAY)


class TestTags:
    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("EN", "en"),
            ("zh-hans", "zh-Hans"),
            ("pt-br", "pt-BR"),
            ("ZH-hANT-hk", "zh-Hant-HK"),
            ("es-419", "es-419"),
            ("yue", "yue"),
        ],
    )
    def test_a_language_has_its_usual_case(self, text, language):
        assert rules.normal_language(text) == language
        assert rules.normal_language(language) == language

    @pytest.mark.parametrize(
        "text", ["", "e", "english", "en_US", "en-", "en-x-y", "中文", "en\n"]
    )
    def test_no_other_text_is_a_language(self, text):
        with refused():
            rules.normal_language(text)

    def test_a_time_zone_is_one_of_the_known(self):
        assert rules.normal_time_zone("Asia/Shanghai") == "Asia/Shanghai"

    @pytest.mark.parametrize(
        "text", ["", "asia/shanghai", "+08:00", "Mars/Base", "../../etc/passwd"]
    )
    def test_no_other_text_is_a_time_zone(self, text):
        with refused():
            rules.normal_time_zone(text)

    def test_an_identity_has_three_parts(self):
        identity = rules.normal_identity("wechat:wx12.3:o:A-b")

        assert identity == ("wechat", "wx12.3", "o:A-b")
        assert str(identity) == "wechat:wx12.3:o:A-b"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a:b",
            "a::c",
            ":b:c",
            "a:b:",
            "A:b:c",
            "a:b:c d",
            "a:b:é",
            "a:b:\x00",
            "a:b:" + "c" * 129,
        ],
    )
    def test_no_other_text_is_an_identity(self, text):
        with refused():
            rules.normal_identity(text)

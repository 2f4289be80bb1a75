import io
import sys
from datetime import UTC, datetime

import pytest

from imd_cli import output
from imd_cli.campaign.moderation import _make_caller
from imd_cli.main import main


def test_columns_are_as_wide_as_their_widest_cell(capsys):
    output.print_table(("a", "b"), [("1", "2"), ("333", "4")])
    assert capsys.readouterr().out.splitlines() == ["a    b", "1    2", "333  4"]


def test_a_wide_script_keeps_the_columns_straight(capsys):
    output.print_table(("title", "kind"), [("集会", "x"), ("abcd", "y")])
    assert capsys.readouterr().out.splitlines() == ["title  kind", "集会   x", "abcd   y"]


def test_combining_marks_take_no_column(capsys):
    output.print_table(("title", "kind"), [("e\u0301e\u0301e\u0301e\u0301e\u0301", "x")])
    assert capsys.readouterr().out.splitlines()[1].endswith("  x")


@pytest.mark.parametrize("hostile", ["\x1b[31m", "\u202e", "\n", "\x07"])
def test_untrusted_text_cannot_control_the_terminal(capsys, hostile):
    output.print_table(("title",), [(f"a{hostile}b",)])
    row = capsys.readouterr().out.splitlines()[1]
    assert row.replace("[31m", "") == "a b"


def test_a_persian_word_keeps_the_joiner_it_is_written_with(capsys):
    output.print_table(("title", "kind"), [("می\N{ZERO WIDTH NON-JOINER}خواهیم", "x")])
    assert capsys.readouterr().out.splitlines()[1] == "می\N{ZERO WIDTH NON-JOINER}خواهیم  x"


def test_a_missing_value_is_a_dash(capsys):
    output.print_table(("a", "b"), [(None, "x")])
    assert capsys.readouterr().out.splitlines()[1] == "–  x"


def test_an_empty_list_is_reported_on_standard_error(capsys):
    output.print_table(("a",), [])
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("a\n", "(none)\n")


def test_details_omit_missing_values(capsys):
    output.print_details({"a": None, "long": "x"})
    assert capsys.readouterr().out == "long  x\n"


def test_times_are_shown_to_the_minute_with_their_zone(capsys):
    output.print_details({"as of": datetime(2026, 12, 18, 9, 5, 7, 891, tzinfo=UTC)})
    assert capsys.readouterr().out == "as of  2026-12-18 09:05 UTC\n"


def test_pipes_get_utf8_in_any_code_page(monkeypatch):
    pipe = io.TextIOWrapper(io.BytesIO(), "cp1252")
    monkeypatch.setattr(sys, "stdout", pipe)
    assert main(["widgets", "snippet", "countdown", "--lang", "ar"]) == 0
    assert "اليوم" in pipe.buffer.getvalue().decode()


def test_a_user_without_a_name_can_moderate(monkeypatch):
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert _make_caller().name == "unknown"

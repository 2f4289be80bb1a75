"""`imd campaign init`, `plan` and `apply`: from a few answers to a public campaign."""

import io
import json
import os
import re
import sqlite3
from pathlib import Path

import pytest

from imd_cli.main import main

OPTIONS = {
    "--name": 'Our "day"',
    "--language": "en",
    "--website": "https://own.example/",
    "--organisation": "Own Network",
    "--contact": "contact@own.example",
    "--petition": "Safe routes now",
    "--target": "Parliament",
}
ARGUMENTS = [part for option in OPTIONS.items() for part in option]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("IMD_CAMPAIGN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("sys.stdin", io.StringIO())


@pytest.fixture
def ready():
    """A migrated database, and a folder with all placeholders filled in."""
    main(["campaign", "secrets", "--private-key", "organisation.key"])
    main(["campaign", "migrate"])
    main(["campaign", "init", "own", *ARGUMENTS])
    fill_in()


def fill_in():
    for file in Path("own").rglob("*.toml"):
        file.write_text(file.read_text().replace("FILL IN: ", ""))


def type_lines(monkeypatch, *lines):
    terminal = io.StringIO("".join(f"{line}\n" for line in lines))
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)


def query(statement):
    connection = sqlite3.connect("var/campaign.sqlite3")
    rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


# --- init --------------------------------------------------------------------------------------


def test_new_folder_has_every_file():
    assert main(["campaign", "init", "own", *ARGUMENTS]) == 0
    assert sorted(str(path.relative_to("own")) for path in Path("own").rglob("*.toml")) == [
        "campaign.toml",
        "events.toml",
        "petitions/safe-routes-now.toml",
        "posters.toml",
        "resources.toml",
        "share_kit.toml",
    ]


def test_nothing_in_a_new_folder_is_a_sample():
    main(["campaign", "init", "own", *ARGUMENTS])
    text = "".join(path.read_text() for path in Path("own").rglob("*.toml"))
    assert not re.search("sample", text, re.IGNORECASE)


def test_missing_options_are_listed_if_there_is_no_terminal(capsys):
    assert main(["campaign", "init", "own", *ARGUMENTS[:4]]) == 2
    assert capsys.readouterr().err == (
        "imd: --website, --organisation, --contact, --petition, --target missing, and there is no "
        "terminal to ask on\n"
    )
    assert not Path("own").exists()


def test_invalid_option_is_explained(capsys):
    assert main(["campaign", "init", "own", *ARGUMENTS, "--website", "own.example"]) == 2
    assert "--website must be a URL that begins with https://" in capsys.readouterr().err


def test_form_of_an_option_is_explained_in_words(capsys):
    assert main(["campaign", "init", "own", *ARGUMENTS, "--slug", "Safe Routes", "--name", ""]) == 2
    assert capsys.readouterr().err == (
        "imd: --name must not be empty; --slug must be lower-case letters without accents, digits "
        "and single hyphens, such as safe-routes\n"
    )


def test_folder_with_files_is_left_alone(capsys):
    Path("own").mkdir()
    Path("own/campaign.toml").write_text("mine")
    assert main(["campaign", "init", "own", *ARGUMENTS]) == 1
    assert Path("own/campaign.toml").read_text() == "mine"


def test_questions_are_asked_on_a_terminal(monkeypatch, capsys):
    answers = ["Day", "english", "en, es", "", "https://own.example/", "", "Own", "a@own.example"]
    type_lines(monkeypatch, *answers, "¡Vías seguras!", "Parliament", "")
    assert main(["campaign", "init", "own"]) == 0
    assert "This is not a language tag" in capsys.readouterr().out
    assert 'languages = ["en", "es"]' in Path("own/campaign.toml").read_text()
    assert Path("own/petitions/vias-seguras.toml").is_file()


def test_end_of_input_writes_nothing(monkeypatch, capsys):
    type_lines(monkeypatch, "Day")
    assert main(["campaign", "init", "own"]) == 2
    assert not Path("own").exists()


# --- plan and apply ----------------------------------------------------------------------------


def test_placeholders_are_refused(capsys):
    main(["campaign", "secrets"])
    main(["campaign", "init", "own", *ARGUMENTS])
    assert main(["campaign", "plan", "own"]) == 1
    error = capsys.readouterr().err
    assert "petitions/safe-routes-now.toml: texts.en.summary: still has a placeholder" in error
    assert error.endswith("imd: 2 errors in own: nothing was changed\n")


def test_status_says_whether_there_are_changes(ready):
    assert main(["campaign", "plan", "own"]) == 2
    assert main(["campaign", "apply", "own", "--yes"]) == 0
    assert main(["campaign", "plan", "own"]) == 0


def test_change_is_shown_and_applied(ready, capsys):
    main(["campaign", "apply", "own", "--yes"])
    file = Path("own/petitions/safe-routes-now.toml")
    file.write_text(file.read_text().replace("goal = 1000", "goal = 2000"))
    capsys.readouterr()
    main(["campaign", "apply", "own", "--yes", "--reason", "More people came"])
    assert capsys.readouterr().out.startswith(
        "~ petition safe-routes-now\n    goal: 1000 → 2000\n1 to change. Plan "
    )
    assert query("SELECT goal FROM petitions") == [(2000,)]
    assert query("SELECT reason FROM audit ORDER BY id DESC LIMIT 1") == [("More people came",)]


def test_nothing_is_applied_without_a_yes(ready, monkeypatch, capsys):
    type_lines(monkeypatch, "n")
    assert main(["campaign", "apply", "own"]) == 0
    assert capsys.readouterr().out.endswith("Nothing was changed.\n")
    assert query("SELECT count(*) FROM petitions") == [(0,)]


def test_nothing_is_applied_without_a_terminal_or_an_option(ready, capsys):
    assert main(["campaign", "apply", "own"]) == 2
    assert "pass --yes" in capsys.readouterr().err
    assert query("SELECT count(*) FROM petitions") == [(0,)]


def test_plan_can_be_read_by_programs_and_applied_by_its_digest(ready, capsys):
    capsys.readouterr()
    main(["campaign", "plan", "own", "--json"])
    plan = json.loads(capsys.readouterr().out)
    assert [change["key"] for change in plan["changes"]] == ["campaign", "safe-routes-now"]
    assert main(["campaign", "apply", "own", "--plan", plan["digest"]]) == 0


def test_another_plan_than_the_one_that_was_read_is_not_applied(ready, capsys):
    assert main(["campaign", "apply", "own", "--plan", "0123456789abcdef"]) == 1
    assert "nothing was applied" in capsys.readouterr().err
    assert query("SELECT count(*) FROM petitions") == [(0,)]


def test_refused_change_is_explained_and_changes_nothing(ready, capsys):
    main(["campaign", "apply", "own", "--yes"])
    Path("own/petitions/safe-routes-now.toml").rename("own/petitions/safer-routes.toml")
    file = Path("own/campaign.toml")
    file.write_text(file.read_text().replace("safe-routes-now", "safer-routes"))
    capsys.readouterr()
    assert main(["campaign", "apply", "own", "--yes"]) == 1
    output = capsys.readouterr()
    assert output.err.startswith("petition safer-routes: has the title of petition safe-routes-now")
    assert query("SELECT slug FROM petitions") == [("safe-routes-now",)]


def test_sample_is_not_loaded_beside_a_campaign(ready, capsys):
    main(["campaign", "apply", "own", "--yes"])
    assert main(["campaign", "sample"]) == 1
    assert "has a campaign of its own" in capsys.readouterr().err
    assert query("SELECT slug FROM petitions") == [("safe-routes-now",)]


def test_missing_folder_is_explained(capsys):
    assert main(["campaign", "plan", "nowhere"]) == 1
    assert "`imd campaign init nowhere` creates one" in capsys.readouterr().err


def test_long_text_is_shown_around_its_first_difference(ready, capsys):
    file = Path("own/petitions/safe-routes-now.toml")
    text = file.read_text().replace("the whole petition.", f"{'Many words. ' * 30}Old end.")
    file.write_text(text)
    main(["campaign", "apply", "own", "--yes"])
    file.write_text(text.replace("Old end", "New end"))
    capsys.readouterr()
    main(["campaign", "plan", "own"])
    [line] = [line for line in capsys.readouterr().out.splitlines() if "text.en" in line]
    assert "Old end" in line
    assert "New end" in line
    assert len(line) < 180

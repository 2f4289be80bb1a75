import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from imd_cli.main import main

HEADING = "name,email,country\n"


@pytest.fixture
def sheet(tmp_path):
    def write(*rows: str, heading: str = HEADING):
        file = tmp_path / "sheet.csv"
        file.write_text(heading + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return str(file)

    return write


@pytest.fixture
def imd(capsys, demo):
    def run(*arguments: str) -> tuple[int, str, str]:
        status = main([*arguments, "--url", demo.address])
        return status, *capsys.readouterr()

    return run


def load(imd, file, *more):
    return imd("petitions", "import", file, "--petition", "convention", *more)


@pytest.fixture
def submitted(demo) -> Callable[[], int]:
    """Return how many signatures a test has submitted."""
    (file,) = (demo.folder / "data").glob("*.sqlite3")

    def count() -> int:
        with closing(sqlite3.connect(file)) as database:
            return database.execute("SELECT count(*) FROM submissions").fetchone()[0]

    before = count()
    return lambda: count() - before


def test_an_import_that_is_repeated_signs_once(imd, submitted, sheet):
    rows = [f"Sample {n},cli.{n}@example.org,KE" for n in range(5)]
    first = load(imd, sheet(*rows), "--source", "cli-once")
    again = load(imd, sheet(*rows), "--source", "cli-once")
    assert (first[0], again[0], submitted()) == (0, 0, 5)
    assert "sent           5" in first[1]
    assert "already sent   5" in again[1]


def test_the_json_report_is_one_line(imd, sheet):
    status, out, err = load(imd, sheet("Sample,cli.json@example.org,KE"), "--json")
    report = json.loads(out)
    assert (status, err, report["sent"], report["complete"]) == (0, "", 1, True)


def test_a_dry_run_reports_lines_and_sends_nothing(imd, submitted, sheet):
    file = sheet("Sample,dry@example.org,KE", ",dry@example.org,Kenya")
    status, out, err = load(imd, file, "--dry-run", "--source", "cli-dry")
    assert status == 3
    assert "3     name: is missing; country: is not an ISO 3166-1 country code" in out
    assert err == "imd: 1 of 2 rows must be corrected before they can be sent\n"
    assert submitted() == 0


def test_a_good_dry_run_ends_well_and_leaves_no_journal(imd, sheet, tmp_path):
    status, out, _ = load(imd, sheet("Sample,dry@example.org,KE"), "--dry-run")
    assert (status, [file.name for file in tmp_path.iterdir()]) == (0, ["sheet.csv"])
    assert "1 row can be sent. Nothing was sent." in out


def test_rejected_rows_can_be_corrected_and_sent(imd, submitted, sheet, tmp_path):
    rows = ["Sample,fix.1@example.org,KE", "Sample,fix.2@example.org,Kenya"]
    file, rest = sheet(*rows), tmp_path / "rest.csv"
    status, out, err = load(imd, file, "--source", "cli-fix", "--unsent", str(rest))
    journal = f"{file}.convention.journal"
    assert (status, "invalid" in out) == (3, True)
    assert err.endswith(f"rows in {rest} and import that file with --journal {journal}.\n")
    rest.write_text(rest.read_text("utf-8-sig").replace("Kenya", "KE"), "utf-8")
    assert load(imd, str(rest), "--source", "cli-fix", "--journal", journal)[0] == 0
    assert submitted() == 2


def test_columns_and_defaults_are_options(imd, submitted, sheet):
    file = sheet("Ana,Sample,cols@example.org", heading="Uno,Dos,Tres\n")
    columns = ["--columns", "name=Uno", "--columns", "name=Dos", "--columns", "email=Tres"]
    status, *_ = load(imd, file, *columns, "--country", "ES", "--source", "cli-cols")
    assert (status, submitted()) == (0, 1)


def test_columns_are_shown_before_rows_are_sent(imd, submitted, sheet):
    row = "Dr,Ana,Sample,seen@example.org,KE"
    file = sheet(row, heading="title,first name,last name,email,country\n")
    _, out, _ = load(imd, file, "--source", "cli-seen")
    assert out.startswith("name      first name + last name\n")
    assert out.index("not used  title\n") < out.index("rows read")
    assert submitted() == 1


def test_unclear_names_are_one_line_and_nothing_is_sent(imd, submitted, sheet):
    file = sheet("Ana,Ana Sample,two@example.org,KE", heading="first name,name,nom,email,country\n")
    status, out, err = load(imd, file, "--source", "cli-two")
    assert (status, out, err.count("\n"), submitted()) == (1, "", 1, 0)
    assert err.endswith("with columns; for example --columns name=HEADING\n")


def test_single_names_are_sent_when_they_are_allowed(imd, submitted, sheet):
    file = sheet("Ana,,one@example.org,KE", heading="first name,last name,email,country\n")
    assert load(imd, file, "--source", "cli-one")[0] == 3
    assert submitted() == 0
    assert load(imd, file, "--source", "cli-one", "--single-names")[0] == 0
    assert submitted() == 1


def test_an_unknown_petition_stops_the_import(imd, sheet):
    file = sheet("Sample,nowhere@example.org,KE")
    status, _, err = imd("petitions", "import", file, "--petition", "nowhere")
    assert status == 4
    assert err.startswith("imd: stopped: the petition 'nowhere' does not exist at this URL.")


def test_missing_headings_are_one_line(imd, sheet):
    status, out, err = load(imd, sheet(heading="who,email,country\n"))
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "no column for name" in err


def test_an_invalid_source_is_one_line(imd, sheet):
    status, _, err = load(imd, sheet("Sample,source@example.org,KE"), "--source", "A Partner")
    assert (status, err) == (2, "imd: source must be 1 to 64 characters of a–z, 0–9 and -\n")


def test_an_unreadable_line_stops_the_import_with_its_number(imd, submitted, sheet):
    file = sheet("Sample,quote.1@example.org,KE", '"Sample,quote.2@example.org,KE')
    status, _, err = load(imd, file, "--source", "cli-quote")
    assert (status, submitted()) == (4, 1)
    assert "stopped: line 3: unexpected end of data; a quote may be missing" in err


def test_no_name_is_printed(imd, sheet):
    _, out, err = load(imd, sheet("Secret Sample,secret@example..org,KE", "Secret,,KE"))
    assert "secret" not in (out + err).lower()


@pytest.mark.parametrize("words", [["--columns", "nonsense"], ["--concurrency", "0"]])
def test_invalid_options_are_usage_errors(imd, sheet, words):
    with pytest.raises(SystemExit) as stopped:
        load(imd, sheet(), *words)
    assert stopped.value.code == 2


def test_events_are_exported(imd, tmp_path):
    file = tmp_path / "events.jsonl"
    status, out, err = imd("events", "export", str(file), "--country", "MX")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert (status, err, out) == (0, "", f"{len(lines)} events written to {file}\n")
    assert {json.loads(line)["place"]["country"] for line in lines} == {"MX"}


def test_an_export_without_a_key_is_one_line(imd, tmp_path):
    status, out, err = imd("petitions", "export", "convention", str(tmp_path / "all.csv"))
    assert (status, out, err.count("\n")) == (1, "", 1)


def test_an_unknown_export_format_lists_the_known_ones(imd, tmp_path):
    status, _, err = imd("events", "export", str(tmp_path / "events.xlsx"))
    assert (status, ".jsonl or .csv" in err) == (1, True)


def test_attested_rows_need_no_mailbox_but_a_reference(capsys, sheet):
    file = sheet("Sample,KE,1.1", "Sample,KE,", heading="name,country,line\n")
    words = ["--petition", "convention", "--attested", "--dry-run", "--columns", "reference=line"]
    status = main(["petitions", "import", file, *words, "--url", "http://127.0.0.1:9"])
    out, error = capsys.readouterr()
    assert (status, "reference: is required" in out) == (3, True)
    assert "1 of 2 rows must be corrected" in error

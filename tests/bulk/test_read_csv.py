"""Whatever a spreadsheet writes is read unchanged, or rejected with its line."""

import csv
import io
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imd_sdk import bulk
from imd_sdk.bulk import TableError

GOOD = "name,email,country\nSample Person,person@example.org,KE\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16"]
DIALECTS = [
    {"quoting": csv.QUOTE_MINIMAL},
    {"quoting": csv.QUOTE_ALL},
    {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"},
]
"""Not the fourth: ended with "\\n" alone, csv.writer leaves a "\\r" unquoted."""

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
tables = st.lists(st.tuples(cells, cells, cells), max_size=6)


@pytest.fixture
def sheet(tmp_path):
    def write(text, encoding="utf-8"):
        file = tmp_path / "sheet.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return file

    return write


def values(table):
    return [dict(row.values) for row in table]


@settings(deadline=None)
@given(
    rows=tables,
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(ENCODINGS),
    dialect=st.sampled_from(DIALECTS),
)
def test_any_table_is_read_back(rows, delimiter, encoding, dialect):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, **dialect)
    writer.writerows([("E-mail", "Full name", "Country"), *rows])
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        Path(file.name).write_bytes(text.getvalue().encode(encoding))
        table = bulk.read_csv(file.name)
        assert table.delimiter == delimiter
        assert [row.cells for row in table] == [row for row in rows if "".join(row).strip()]


@settings(deadline=None)
@given(rows=tables, other=cells)
def test_chosen_columns_override_headings(rows, other):
    heading = f"{other.strip()}#1"
    text = io.StringIO()
    csv.writer(text).writerows([(heading, "Email", "Country"), *rows])
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        Path(file.name).write_bytes(text.getvalue().encode())
        assert bulk.read_csv(file.name, columns={"name": heading}).columns["name"] == heading


@pytest.mark.parametrize(
    "heading",
    [
        "Name,E-Mail,Country",
        "Nombre;Correo electrónico;País",
        "Nom\tCourriel\tPays",
        "الاسم,البريد الإلكتروني,البلد",
        " NAME : , email_address ,COUNTRY*",
    ],
)
def test_common_headings_are_known(sheet, heading):
    assert bulk.read_csv(sheet(f"{heading}\n")).columns.keys() == {"name", "email", "country"}


@pytest.mark.parametrize(
    "heading", ["First name,Last name", "Last name,First name", "Prénom,Nom", "Nombre,Apellidos"]
)
def test_a_name_in_two_columns_is_one_name(sheet, heading):
    given = {"First name": "Ana", "Prénom": "Ana", "Nombre": "Ana"}
    row = ",".join(given.get(title, "Sample") for title in heading.split(","))
    table = bulk.read_csv(sheet(f"{heading},email,country\n{row},a@example.org,ES\n"))
    assert values(table)[0]["name"] == "Ana Sample"


def test_defaults_replace_columns(sheet):
    table = bulk.read_csv(
        sheet("name,email,lang\nA,a@example.org,\nB,b@example.org,fr\n"),
        defaults={"country": "ES", "lang": "es"},
    )
    assert [(row["country"], row["lang"]) for row in values(table)] == [("ES", "es"), ("ES", "fr")]


@pytest.mark.parametrize("heading", ["Newsletter", "show_my_name", "Público", "أخبار"])
def test_a_column_with_consent_is_not_sent(sheet, heading):
    table = bulk.read_csv(sheet(f"name,email,country,{heading}\nA,a@example.org,ES,yes\n"))
    assert values(table) == [{"name": "A", "email": "a@example.org", "country": "ES"}]
    assert table.ignored == (heading,)
    assert table.advice == f"Not sent: {heading}. People are asked when they confirm."


def test_other_columns_need_no_advice(sheet):
    assert bulk.read_csv(sheet("name,email,country,phone\n")).advice is None


def test_a_column_with_consent_is_no_part_of_a_name(sheet):
    table = bulk.read_csv(sheet("Nom,Nouvelles,email,country\n"))
    assert table.columns["name"] == "Nom"


def test_a_row_has_the_line_on_which_it_begins(sheet):
    text = 'name,email,country\n"A\nB",a@example.org,ES\n\n,,\nC,c@example.org,ES\n'
    assert [row.number for row in bulk.read_csv(sheet(text))] == [2, 6]


def test_a_line_break_in_a_name_is_a_space(sheet):
    text = 'name,email,country\n"Sample\r\nPerson",a@example.org,es\n'
    fields = bulk._rows.parse_row(next(iter(bulk.read_csv(sheet(text)))))
    assert (fields["name"], fields["country"]) == ("Sample Person", "ES")


# --- what cannot be read -----------------------------------------------------------------------


def fault(make):
    with pytest.raises(TableError) as raised:
        list(make())
    return str(raised.value)


@pytest.mark.parametrize("before", [1, 5000])
def test_invalid_utf8_is_reported_by_line(sheet, before):
    rows = b"Sample,s@example.org,ES\n" * before
    file = sheet(b"name,email,country\n" + rows + "Péter,p@example.org,HU\n".encode("cp1252"))
    message = fault(lambda: bulk.read_csv(file))
    assert message.startswith(f"line {before + 2}: the file is not UTF-8; save it")
    assert "ter" not in message.replace("encoding", "")


def test_an_old_encoding_can_be_named(sheet):
    file = sheet("name,email,country\nPéter,p@example.org,HU\n", "cp1252")
    assert values(bulk.read_csv(file, encoding="cp1252"))[0]["name"] == "Péter"


def test_an_unclosed_quote_is_reported(sheet):
    message = fault(lambda: bulk.read_csv(sheet(GOOD + '"Sample,s@example.org,ES\n' + GOOD)))
    assert message.startswith("line 3: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column for name, email, country"),
        ("name,email\n", "no column for country"),
        ("name,email,e-mail,country\n", "2 columns look like email"),
    ],
)
def test_missing_or_ambiguous_headings_are_reported(sheet, text, words):
    assert words in fault(lambda: bulk.read_csv(sheet(text)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"columns": {"email": "Post"}}, "no column is headed 'Post'"),
        ({"columns": {"mail": "email"}}, "mail is not a field"),
        ({"defaults": {"nation": "ES"}}, "nation is not a field"),
        ({"encoding": "nonsense"}, "unknown encoding"),
    ],
)
def test_options_with_unknown_names_are_rejected(sheet, options, words):
    assert words in fault(lambda: bulk.read_csv(sheet(GOOD), **options))


def test_a_missing_file_is_reported(tmp_path):
    assert "cannot be read" in fault(lambda: bulk.read_csv(tmp_path / "nowhere.csv"))


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"])
def test_binary_files_are_reported(sheet, encoding):
    message = fault(lambda: bulk.read_csv(sheet(GOOD, encoding)))
    assert message == "line 1: the file is not UTF-8; save it as CSV in UTF-8, or pass its encoding"
    assert len(list(bulk.read_csv(sheet(GOOD, encoding), encoding=encoding))) == 1


@pytest.mark.parametrize(
    "first",
    [
        "Sample Person,sample@example.org,ES",
        "Sample Person;sample@example.org;ES",
        "Sample Person|sample@example.org|ES",
        "Sample Person,,ES",
        '[{"name": "Sample Person", "email": "sample@example.org"}]',
    ],
)
@pytest.mark.parametrize("options", [{}, {"columns": {"name": "Who"}}])
def test_a_first_row_without_headings_is_not_repeated(sheet, first, options):
    message = fault(lambda: bulk.read_csv(sheet(f"{first}\n"), **options))
    assert "the first row must hold the headings" in message
    assert "Sample" not in message
    assert "sample" not in message


def test_headings_are_listed_in_errors(sheet):
    message = fault(lambda: bulk.read_csv(sheet("name,country,Post box\n")))
    assert "no column for email; the headings are name, country, Post box; choose one" in message


def test_an_unwritable_target_is_reported(sheet, tmp_path):
    table = bulk.read_csv(sheet(GOOD))
    journal = journal_of(tmp_path, table, [])
    for goal, words in ((tmp_path, "Is a directory"), (tmp_path / "no" / "x.csv", "No such file")):
        message = fault(lambda goal=goal: [bulk.write_unsent(table, journal, goal)])
        assert message == f"{goal} cannot be written: {words}" + (
            " or directory" * (goal != tmp_path)
        )


# --- looking, and giving back ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",a@example.org,ES,", "name: is missing"),
        ("A,a@example.org,Kenya,", "country: is not an ISO 3166-1 country code"),
        ("A,nonsense,ES,", "email: is not an e-mail address"),
        ("A,a@example.org,ES,no one", "lang: is not a BCP 47 language tag"),
        (f"{'A' * 101},a@example.org,ES,", "name: is longer"),
        ("A,a@example.org,ES,es,more", "5 cells but 4 headings"),
        (",nonsense,ES,", "name: is missing; email: is not an e-mail address"),
    ],
)
def test_check_reports_errors_by_line(sheet, row, words):
    found = bulk.check(bulk.read_csv(sheet(f"name,email,country,lang\n{row}\n")))
    assert (found.rows, found.invalid, found.errors[0].row) == (1, 1, 2)
    assert words in found.errors[0].message


def test_a_misspelt_field_of_an_iterable_is_named():
    row = {"name": "A", "email": "a@example.org", "country": "ES", "adress": "x"}
    assert bulk.check([row]).errors[0].message == "adress: is not a field of a signature"


@pytest.mark.parametrize("field", ["public", "updates"])
def test_consent_is_no_field_of_an_iterable(field):
    row = {"name": "A", "email": "a@example.org", "country": "ES", field: True}
    assert bulk.check([row]).errors[0].message == f"{field}: is not a field of a signature"


def test_a_field_name_that_may_be_a_cell_is_not_shown():
    """As csv.DictReader makes them of a file without headings."""
    row = {"Sample Person": "A", "a@example.org": "b@example.org", "ES": "ES"}
    message = bulk.check([row]).errors[0].message
    assert message.endswith(
        "a row has the fields name, email, country, lang, source, and no others"
    )
    assert not [cell for cell in row if cell in message]


@pytest.mark.parametrize("row", [("A", "a@example.org"), None, "A,a@example.org,ES"])
def test_an_object_that_is_not_a_row_is_rejected(row):
    with pytest.raises(TypeError, match="rows must come from read_csv or be mappings") as raised:
        bulk.check([row])
    assert "example.org" not in str(raised.value)


def test_database_rows_are_accepted():
    with closing(sqlite3.connect(":memory:")) as db:
        db.row_factory = sqlite3.Row
        found = db.execute(
            "select 'A' as name, 'a@example.org' as email, 'ES' as country, 'es' as lang"
        )
        fields = bulk._rows.parse_row(next(bulk._rows.number_rows(found)))
    assert (fields["name"], fields["lang"], fields["source"]) == ("A", "es", None)


def test_row_reprs_omit_personal_data(sheet):
    assert "Sample" not in repr(list(bulk.read_csv(sheet(GOOD))))


def journal_of(tmp_path, table, outcomes):
    """A journal as if these outcomes had come for the table's rows."""
    path = tmp_path / "sheet.journal"
    job = bulk._journal.Job("http://campaign.example", "convention", None)
    with bulk._journal.open_journal(path, job, now=0) as book:
        for row, (outcome, reason) in zip(table, outcomes, strict=False):
            key = book.key(bulk._rows.parse_row(row))
            book.write(bulk._journal.JournalEntry(row.number, key, outcome, 0, reason))
    return path


def test_unsent_rows_are_written_with_the_reason(sheet, tmp_path):
    people = "".join(f"P{n},p{n}@example.org,ES,more {n}\n" for n in range(4))
    table = bulk.read_csv(sheet(f"name,email,country,note\n{people}X,nonsense,ES,\n"))
    outcomes = [("sent", None), ("refused", "invalid-body: email"), ("sending", None)]
    goal = tmp_path / "unsent.csv"
    assert bulk.write_unsent(table, journal_of(tmp_path, table, outcomes), goal) == 4
    again = list(csv.reader(goal.read_text("utf-8-sig").splitlines()))
    assert again[0] == ["name", "email", "country", "note", "problem"]
    assert again[1] == ["P1", "p1@example.org", "ES", "more 1", "invalid-body: email"]
    assert [row[-1] for row in again[2:]] == [
        "no complete response arrived",
        "not sent yet",
        "email: is not an e-mail address",
    ]
    assert stat.S_IMODE(goal.stat().st_mode) == 0o600


def test_unsent_rows_can_be_written_again(sheet, tmp_path):
    table = bulk.read_csv(sheet(GOOD))
    journal = journal_of(tmp_path, table, [])
    bulk.write_unsent(table, journal, tmp_path / "one.csv")
    bulk.write_unsent(bulk.read_csv(tmp_path / "one.csv"), journal, tmp_path / "two.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_the_table_itself_is_not_overwritten(sheet, tmp_path):
    table = bulk.read_csv(sheet(GOOD))
    with pytest.raises(TableError, match="the table itself"):
        bulk.write_unsent(table, journal_of(tmp_path, table, []), table.path)

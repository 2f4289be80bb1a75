# ruff: noqa: RUF001 names in many scripts
"""A name in several columns is joined whole, or not sent."""

import csv
import io
import json
import re
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_sdk import bulk
from imd_sdk.bulk import TableError
from imd_sdk.bulk._name_headings import VOCABULARIES
from imd_sdk.bulk._rows import parse_row

REST = {"email": "person@example.org", "country": "SN"}


def read(sheet, **options):
    """A table of one row, from its cells by their headings."""
    text = io.StringIO()
    pairs = [*sheet, *REST.items()]
    csv.writer(text).writerows(zip(*pairs, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "sheet.csv")
        file.write_text(text.getvalue(), encoding="utf-8")
        table = bulk.read_csv(file, **options)
        return table, next(iter(table))


def name_of(*sheet, **options):
    return parse_row(read(sheet, **options)[1])["name"]


@pytest.mark.parametrize(
    ("sheet", "name"),
    [
        ("prenom=Marie nom=Diallo", "Marie Diallo"),
        ("NOM=Diallo PRÉNOM(S)=Marie", "Marie Diallo"),
        ("nom=Marie_Diallo", "Marie Diallo"),
        ("Nom_/_Prénom=Diallo_Marie", "Diallo Marie"),
        ("firstName=Ana lastName=Sample", "Ana Sample"),
        ("Name_(First)=Ana Name_(Last)=Sample", "Ana Sample"),
        ("First_name_/_Prénom=Ana Last_name_/_Nom=Sample", "Ana Sample"),
        ("First=Ana Middle= Last=Sample", "Ana Sample"),
        ("title=Dr First_name=Ana Middle_name=Bo Surname=Sample", "Ana Bo Sample"),
        ("nombre=Ana apellido_paterno=Ruiz apellido_materno=Gil", "Ana Ruiz Gil"),
        ("Apellido_1=Ruiz Apellido_2= Nombre=Ana", "Ana Ruiz"),
        ("Vorname=Ana Name=Sample", "Ana Sample"),
        ("voornaam=Ana tussenvoegsel=de achternaam=Boer", "Ana de Boer"),
        ("nome=Ana cognome=Sample", "Ana Sample"),
        ("imię=Ana nazwisko=Sample", "Ana Sample"),
        ("Фамилия=Иванова Имя=Анна Отчество=Петровна", "Анна Петровна Иванова"),
        ("Ім’я=Анна Прізвище=Коваль", "Анна Коваль"),
        ("Ad=Ana Soyad=Sample", "Ana Sample"),
        ("non=Ana siyati=Sample", "Ana Sample"),
        ("الاسم=مريم اسم_العائلة=علي", "مريم علي"),
        ("نام\u200cخانوادگی=علی نام=مریم", "مریم علی"),
        ("姓=王 名=伟", "王伟"),
        ("first_name=伟 last_name=王", "王伟"),
        ("姓=Wang 名=Wei", "Wang Wei"),
        ("이름=민수 성=김", "김민수"),
        ("Tên=An Họ=Nguyễn Tên_đệm=Văn", "Nguyễn Văn An"),
        ("Họ_và_tên_đệm=Nguyễn_Văn Tên=An", "Nguyễn Văn An"),
        ("first_name=An last_name=Nguyễn lang=vi", "Nguyễn An"),
        ("keresztnév=Anna vezetéknév=Nagy", "Nagy Anna"),
        ("jina_la_kwanza=Ana jina_la_ukoo=Sample", "Ana Sample"),
    ],
)
def test_a_name_in_parts_is_joined_in_the_order_of_its_language(sheet, name):
    pairs = [cell.replace("_", " ").split("=") for cell in sheet.split(" ")]
    assert name_of(*pairs) == name


def test_every_pair_of_headings_of_a_language_is_one_name():
    for words in VOCABULARIES.values():
        check_pairs_of_headings(words)


def check_pairs_of_headings(words):
    given_names = words.given + "," + (words.unclear or words.short_given)
    family_names = words.family or words.short_family
    for one in filter(None, given_names.split(",")):
        for other in family_names.split(","):
            name = name_of((one, "Ana"), (other, "Sample"))
            assert set(name.split()) == {"Ana", "Sample"}, (one, other)


@pytest.mark.parametrize(
    "titles",
    [
        "prénom",
        "surname",
        "name,nom",
        "nom,nom",
        "name,name 2",
        "name,middle name",
        "name,last",
        "full name,first name",
        "name,first name,last name",
        "first name,last name,surname",
        "nom,prénom,nom de naissance",
        "name,spouse's surname",
        "segundo apellido,nombre",
    ],
)
def test_headings_that_do_not_make_one_name_are_rejected_and_named(titles):
    with pytest.raises(TableError, match=r"list the columns of the name in order") as raised:
        read([(title, "Sample") for title in titles.split(",")])
    assert raised.value.field == "name"
    assert all(repr(title) in str(raised.value) for title in titles.split(","))


@pytest.mark.parametrize("empty", ["prenom", "nom"])
def test_a_name_with_an_empty_part_is_not_sent(empty):
    sheet = [("prenom", "Marie"), ("nom", "Diallo")]
    with pytest.raises(ValueError, match=f"^name: '{empty}' is empty"):
        name_of(*[(title, "" if title == empty else cell) for title, cell in sheet])


def test_single_names_are_sent_when_they_are_allowed():
    assert name_of(("prenom", ""), ("nom", "Diallo"), single_names=True) == "Diallo"


def test_an_empty_middle_name_leaves_nothing_out():
    sheet = [("Eins", "Ana"), ("Middle name", ""), ("Zwei", "Sample")]
    titles = [title for title, _ in sheet]
    assert name_of(*sheet, columns={"name": titles}) == "Ana Sample"


def test_a_part_that_the_caller_named_is_not_left_out():
    with pytest.raises(ValueError, match="'Zwei' is empty"):
        name_of(("Eins", "Ana"), ("Zwei", ""), columns={"name": ["Eins", "Zwei"]})


def test_a_cell_beside_the_name_without_a_heading_is_not_left_out():
    with pytest.raises(ValueError, match="the column after 'Name' has no heading"):
        name_of(("Name", "Ana"), ("", "Sample"))


def test_columns_that_are_not_read_are_named():
    table, _ = read([("titre", "Mme"), ("prenom", "Marie"), ("nom", "Diallo")])
    assert table.columns["name"] == "prenom + nom"
    assert table.ignored == ("titre",)


def test_a_first_row_that_is_a_person_is_not_repeated(tmp_path):
    file = tmp_path / "sheet.csv"
    file.write_text("Prénom,Nom,Sample surname,sample@example.org\n", encoding="utf-8")
    with pytest.raises(TableError, match="the first row must hold the headings") as raised:
        bulk.read_csv(file)
    assert "ample" not in str(raised.value)


def test_a_field_other_than_the_name_has_one_column():
    with pytest.raises(TableError, match="not email"):
        read([("a", "x"), ("b", "y")], columns={"email": ["a", "b"]})


@pytest.mark.anyio
async def test_only_complete_names_are_sent(client_variant, road, journal, tmp_path):
    file = tmp_path / "sheet.csv"
    rows = "Diallo,Marie,a@example.org,SN\nDiallo,,b@example.org,SN\n"
    file.write_text(f"nom,prenom,email,pays\n{rows}", encoding="utf-8")
    report = await client_variant.sign(bulk.read_csv(file), journal)
    assert [json.loads(body)["name"] for body in road.bodies] == ["Marie Diallo"]
    assert [failure.rows for failure in report.failures] == [(3,)]


@pytest.mark.parametrize(
    "titles",
    [
        "prenom1,prenom2,nom",
        "nom,postnom",
        "name,ln",
        "name,father's name",
        "name,other names",
        "naam,voorvoegsel",
        "jina,ukoo",
        "الاسم,الجد",
        "bin/binti,nama",
    ],
)
def test_an_unknown_column_beside_the_name_is_not_left_out(titles):
    with pytest.raises(TableError, match="make up one name"):
        name_of(*((title, "Sample") for title in titles.split(",")))


@pytest.mark.parametrize("other", ["phone", "ciudad", "#", "commentaires", "date of birth"])
def test_a_column_about_something_else_may_stand_beside_the_name(other):
    assert name_of(("name", "Sample Person"), (other, "1")) == "Sample Person"


@pytest.mark.parametrize("paterno", ["Paterno", "ap. paterno", "a. paterno", "apellido paterno"])
def test_short_headings_of_two_surnames_are_known(paterno):
    materno = paterno.lower().replace("paterno", "materno")
    name = name_of(("Nombre", "Ana"), (paterno, "Muestra"), (materno, "Ejemplo"))
    assert name == "Ana Muestra Ejemplo"


def headings(*roles):
    texts = (getattr(words, role) for words in VOCABULARIES.values() for role in roles)
    return st.sampled_from(sorted({one for text in texts for one in text.split(",") if one}))


spellings = st.sampled_from(
    [str.upper, str.title, "{} *".format, " {}:".format, lambda text: text.replace(" ", "_")]
)
GIVEN = headings("given", "unclear", "short_given")
FAMILY = headings("family", "unclear", "short_family")
OTHERS = headings("middle", "second_family", "whole", "unclear") | st.sampled_from(
    ["title", "note", "company", ""]
)
cells = st.text(st.characters(categories=["L", "M"]), min_size=1, max_size=8)


def bare(text):
    return re.sub(r"\s", "", unicodedata.normalize("NFC", text))


@given(
    titles=st.tuples(GIVEN, FAMILY),
    spelling=spellings,
    others=st.lists(OTHERS, max_size=2),
    parts=st.tuples(cells, cells),
    order=st.randoms(use_true_random=False),
)
def test_a_name_has_both_its_parts_or_is_not_sent(titles, spelling, others, parts, order):
    sheet = [
        *zip(map(spelling, titles), parts, strict=True),
        *((title, "Other") for title in others),
    ]
    order.shuffle(sheet)
    try:
        name = name_of(*sheet)
    except (TableError, ValueError):
        return
    assert all(bare(part) in bare(name) for part in parts)

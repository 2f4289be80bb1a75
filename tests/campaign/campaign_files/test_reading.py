"""All that is wrong with the files is explained at once, with the file, the key and a way out."""

from datetime import UTC, datetime
from importlib.resources import files as resources

import pytest

from imd_campaign.campaign_files import service
from imd_campaign.campaign_files.kinds.petition_kind import PetitionKind

from .conftest import TEXT

KINDS = "action, gathering, vigil, potluck, rally, march, press, online, other"
TIME = "2026-12-18T18:00:00"


def read_opens(files):
    [item] = PetitionKind().list_wanted(files.read())
    return item.fields["opens"]


def test_sample_has_the_same_format():
    assert service.read(resources("imd_campaign") / "sample").petitions.keys() == {"convention"}


def test_unknown_key_gets_a_suggestion(files):
    files.data["campaign"]["links"]["donat"] = "https://own.example/"
    [problem] = files.list_problems()
    assert problem == "campaign.toml: links.donat: is not a known key. Did you mean donate?"


def test_unlike_unknown_key_lists_the_known_ones(files):
    files.edition["price"]["xyz"] = 1
    [problem] = files.list_problems()
    assert problem == (
        "posters.toml: posters[1].editions[1].price.xyz: is not a known key. Known keys: amount, "
        "currency."
    )


def test_all_errors_are_reported_at_once(files):
    files.data["campaign"]["links"]["website"] = "own.example"
    files.petition.update(goal="many", closes="2026-12-31")
    files.event["kind"] = "vigl"
    assert files.list_problems() == [
        "campaign.toml: links.website: must be a URL that begins with https:// or http://.",
        f"events.toml: events[1].kind: must be one of: {KINDS}. Did you mean vigil?",
        f"petitions/safe-routes.toml: closes: must be a date and a time, such as {TIME}.",
        "petitions/safe-routes.toml: goal: must be a whole number without quotation marks.",
    ]


def test_errors_of_several_files_that_do_not_fit_are_reported_at_once(files):
    files.petition.update(closes="2026-10-01T00:00", milestones=[5, 1])
    files.data["events"]["events"].append(dict(files.event))
    files.artwork = {}
    assert files.list_problems() == [
        "events.toml: events: madrid-lunch occurs 2 times; each must be unique.",
        "petitions/safe-routes.toml: closes: must be later than opens.",
        "petitions/safe-routes.toml: milestones: must be in ascending order, each number once.",
        "posters.toml: posters[1].files[1].name: there is no file posters/paths.png.",
    ]


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ("enn", "campaign.toml: languages[1]: is no known language. Did you mean en?"),
        ("en-Laxn", "campaign.toml: languages[1]: has a script or a region that is not known."),
    ],
)
def test_unknown_language_is_rejected(files, tag, problem):
    files.data["campaign"]["languages"][0] = tag
    assert files.list_problems()[0].startswith(problem)


def test_text_in_another_language_than_the_campaign_is_rejected(files):
    files.petition["texts"]["eo"] = files.petition["texts"].pop("es")
    [problem] = files.list_problems()
    assert problem.startswith("petitions/safe-routes.toml: texts.eo: is not in `languages`")


def test_placeholder_is_rejected(files):
    files.petition["texts"]["en"]["summary"] = "FILL IN: the demand"
    [problem] = files.list_problems()
    assert problem.startswith("petitions/safe-routes.toml: texts.en.summary: still has a placeh")


def test_errors_do_not_repeat_an_address(files):
    files.event["place"] |= {"address": ["1 Hidden Street"], "latitude": "1 Hidden Street"}
    assert "Hidden" not in " ".join(files.list_problems())


def test_local_time_is_in_the_zone_of_the_campaign(files):
    assert read_opens(files) == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_time_zone_of_a_petition_has_priority(files):
    files.petition["time_zone"] = "America/Mexico_City"
    assert read_opens(files) == datetime(2026, 11, 1, 6, tzinfo=UTC)


def test_time_with_an_offset_needs_no_zone(files):
    files.petition["opens"] = "2026-11-01T00:00:00+05:30"
    assert read_opens(files) == datetime(2026, 10, 31, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("closes", "problem"),
    [
        ("2027-03-28T02:30:00", "does not exist in Europe/Madrid: clocks skip it."),
        ("2027-10-31T02:30:00", "occurs twice in Europe/Madrid. Add its offset, such as 2027-"),
    ],
)
def test_local_time_that_is_not_one_moment_is_rejected(files, closes, problem):
    files.petition["closes"] = closes
    assert files.list_problems()[0].startswith(f"petitions/safe-routes.toml: closes: {problem}")


def test_event_with_the_offset_of_another_zone_is_rejected(files):
    files.event["starts"] = "2026-12-18T12:00:00+05:00"
    assert "events[1].starts: has another offset than Europe/Madrid" in files.list_problems()[0]


def test_file_name_of_a_petition_must_be_a_slug(files):
    files.data["petitions/Safe routes"] = files.petition
    [problem] = files.list_problems()
    assert problem.startswith("petitions/Safe routes.toml: the name of the file is the petition's")


def test_misspelt_file_gets_a_suggestion(files):
    files.data["event"] = files.data.pop("events")
    [problem] = files.list_problems()
    assert problem == "event.toml: is not a file of a campaign. Did you mean events.toml?"


def test_missing_main_petition_gets_a_suggestion(files):
    files.data["campaign"]["petition"] = "safe-route"
    [problem] = files.list_problems()
    assert problem.endswith("no file petitions/safe-route.toml. Did you mean safe-routes?")


def test_artwork_must_be_what_its_name_says(files):
    files.artwork["paths.png"] = b"<html>"
    [problem] = files.list_problems()
    assert problem.endswith("posters/paths.png is no image/png.")


def test_invalid_toml_names_the_line(files):
    (files.write() / "events.toml").write_text("[[events]\n")
    with pytest.raises(service.InvalidFiles, match=r"events.toml: is not valid TOML: .*line 1"):
        service.read(files.folder)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("goal = " + "9" * 5000, "has a number with too many digits."),
        ("goal = " + "[" * 3000 + "]" * 3000, "has too many lists or tables inside each other."),
        (".".join("a" * 3000) + " = 1", "has too many lists or tables inside each other."),
    ],
)
def test_toml_that_python_cannot_hold_is_one_error(files, text, problem):
    (files.write() / "events.toml").write_text(text)
    with pytest.raises(service.InvalidFiles, match=problem):
        service.read(files.folder)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"goal": True}, "goal: must be a whole number without quotation marks."),
        ({"goal": 0}, "goal: must be at least 1."),
        ({"goal": 10**12}, "goal: must be at most 1,000,000,000."),
        ({"milestones": 5}, "milestones: must be a list: "),
        ({"milestones": list(range(1, 23))}, "milestones: is too long: at most 20 entries."),
        ({"texts": "Safe routes"}, "texts: must be a table, such as [texts]."),
        ({"texts": {"en": {**TEXT, "title": "T" * 301}}}, "is too long: at most 300 characters."),
        ({"texts": {"en": {**TEXT, "title": " "}}}, "texts.en.title: must not be empty."),
        ({"texts": {"en": {**TEXT, "title": 5}}}, "title: must be a text in quotation marks."),
    ],
)
def test_error_says_how_to_write_the_value(files, change, problem):
    files.petition.update(change)
    [found] = files.list_problems()
    assert problem in found


def test_form_of_a_value_is_explained_in_words(files):
    files.data["share_kit"] = {"at": "18 December", "url": "https://own.example/", "texts": {}}
    assert (
        "share_kit.toml: at: must be month, day and time in UTC, such as 12-18 17:00."
        in files.list_problems()
    )


def test_unknown_currency_is_rejected(files):
    files.edition["price"]["currency"] = "ERU"
    [problem] = files.list_problems()
    assert problem.endswith("price.currency: is no currency of ISO 4217.")


def test_link_to_a_lost_file_does_not_count_as_a_missing_file(files):
    (files.write() / "share_kit.toml").symlink_to("lost.toml")
    with pytest.raises(service.InvalidFiles, match="is a link to a file that does not exist"):
        service.read(files.folder)


def test_folder_of_petitions_that_is_none_does_not_count_as_missing(files):
    del files.data["petitions/safe-routes"], files.data["campaign"]["petition"]
    folder = files.write() / "petitions"
    folder.rmdir()
    folder.write_text("")
    with pytest.raises(service.InvalidFiles, match=r"petitions: is not a folder\."):
        service.read(files.folder)


def test_file_name_cannot_leave_the_folder(files):
    files.data["posters"]["posters"][0]["files"][0]["name"] = "../campaign.png"
    [problem] = files.list_problems()
    assert "files[1].name: must be a name of lower-case letters" in problem


def test_file_with_comments_only_counts_as_missing(files):
    folder = files.write()
    (folder / "events.toml").write_text("# nothing yet\n")
    assert service.read(folder).events == []


def test_value_that_the_database_cannot_store_is_rejected(files):
    files.data["campaign"]["name"]["en"] = "N" * 201
    files.edition["price"]["amount"] = 100_000_001
    assert [problem.partition(": ")[0] for problem in files.list_problems()] == [
        "campaign.toml",
        "posters.toml",
    ]

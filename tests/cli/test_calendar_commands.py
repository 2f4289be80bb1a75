"""`imd campaign calendars`, on a campaign of its own."""

import os
from datetime import timedelta
from typing import get_args

import pytest

from imd_campaign.calendars import following
from imd_campaign.calendars.fetching import Fetched, Validators
from imd_campaign.calendars.notices import Note
from imd_campaign.context import utc_now
from imd_cli.campaign.calendars import NOTES
from imd_cli.main import main

URL = "https://group.example/basic.ics"
PLACE = ("--near", "-1.29,36.82", "--locality", "Nairobi", "--country", "KE")
OPTIONS = ("--group", "Sample group", *PLACE, "--time-zone", "Africa/Nairobi", "--lang", "en")
CALENDAR = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:%s\r\nSUMMARY:Sample vigil\r\n"
    b"LOCATION:Our home\\, 12 Secret Lane\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture(scope="module", autouse=True)
def campaign(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("IMD_CAMPAIGN_")]:
            patch.delenv(name)
        patch.chdir(tmp_path_factory.mktemp("calendars"))
        assert main(["campaign", "secrets"]) == 0
        assert main(["campaign", "migrate"]) == 0
        yield


@pytest.fixture
def run(capsys):
    def run(*arguments):
        try:
            status = main(["campaign", "calendars", *arguments])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def calendar(run):
    status, out, _ = run("add", URL, *OPTIONS)
    assert status == 0
    identifier = out.split()[0]
    yield identifier
    run("remove", identifier)


def test_calendar_is_listed_until_it_is_removed(run, calendar):
    _, table, _ = run("list")
    assert f"{calendar}  Sample group  group.example" in table
    assert run("remove", calendar)[0] == 0
    assert calendar not in run("list")[1]


def test_calendar_is_added_once(run, calendar):
    assert run("add", URL, *OPTIONS)[::2] == (1, "imd: this calendar is followed already\n")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "http://group.example/"}, "the URL must begin with https:// or webcal://"),
        ({"url": "https://localhost/"}, "the URL must name a public host"),
        ({"--near": "Nairobi"}, "--near needs LATITUDE,LONGITUDE"),
        ({"--near": "91,0"}, "--near "),
        ({"--country": "Kenya"}, "--country is not a country code"),
        ({"--time-zone": "Nairobi"}, "--time-zone is not a time zone"),
        ({"--lang": "?"}, "--lang is not a language tag"),
        ({"--group": ""}, "--group "),
    ],
)
def test_what_cannot_be_right_is_one_error(run, changes, message):
    options = dict(zip(OPTIONS[::2], OPTIONS[1::2], strict=True)) | changes
    url = options.pop("url", URL)
    words = [f"{name}={value}" for name, value in options.items()]
    status, _, err = run("add", url, *words)
    assert (status, err.startswith(f"imd: {message}")) == (2, True), err


def test_check_lists_what_needs_a_decision(run, calendar, monkeypatch):
    day = b"%d1218" % (utc_now().year + 1)

    class Server:
        async def fetch(self, url, known):
            assert url == URL
            return Fetched(CALENDAR % day, Validators())

    monkeypatch.setattr(following, "make_fetcher", Server)
    monkeypatch.setattr("imd_campaign.calendars.entries.WINDOW", timedelta(days=730))
    status, table, _ = run("check", calendar)
    assert (status, "new; probably a private home" in table) == (0, True)
    assert "Secret Lane" not in table


def test_every_note_is_described():
    assert NOTES.keys() == set(get_args(Note))


def test_check_says_what_is_wrong_with_the_calendar(run, calendar, monkeypatch):
    class Server:
        async def fetch(self, *_):
            return Fetched(b"<html>", Validators())

    monkeypatch.setattr(following, "make_fetcher", Server)
    status, _, err = run("check", calendar)
    assert (status, "it does not begin with BEGIN:VCALENDAR" in err) == (1, True)
    assert "it does not begin" in run("list")[1]


@pytest.mark.parametrize("act", ["check", "remove"])
def test_unknown_calendar_is_one_line(run, act):
    assert run(act, "cal_none")[::2] == (1, "imd: not found: check the id\n")

import pytest

from imd_cli.main import build_parser, main


def fault(capsys, *arguments: str) -> tuple[int, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    assert captured.out == ""
    return status, captured.err


def test_a_missing_url_tells_how_to_pass_one(capsys, monkeypatch):
    monkeypatch.delenv("IMD_BASE_URL", raising=False)
    status, text = fault(capsys, "petitions", "list")
    assert status == 2
    assert text.count("\n") == 1
    assert "IMD_BASE_URL" in text


def test_an_unreachable_campaign_is_one_line(capsys):
    status, text = fault(capsys, "petitions", "list", "--url", "http://127.0.0.1:9")
    assert (status, text.count("\n")) == (1, 1)


def test_an_unknown_petition_is_one_line(capsys, demo):
    status, text = fault(capsys, "petitions", "show", "nowhere", "--url", demo.address)
    assert (status, text.count("\n")) == (1, 1)


def test_an_invalid_filter_is_named(capsys, demo):
    status, text = fault(capsys, "events", "list", "--kind", "picnic", "--url", demo.address)
    assert status == 1
    assert "kind" in text


def test_an_unreadable_event_file_is_one_line(capsys, demo):
    status, text = fault(capsys, "events", "submit", "missing.json", "--url", demo.address)
    assert (status, text.count("\n")) == (2, 1)
    assert "missing.json" in text


def test_commands_do_not_prompt_without_a_terminal(capsys, demo):
    arguments = ["petitions", "sign", "convention", "--country", "ES", "--url", demo.address]
    status, text = fault(capsys, *arguments)
    assert status == 2
    assert "--name" in text


@pytest.mark.parametrize("words", [[], ["petitions"], ["nonsense"], ["petitions", "sign"]])
def test_an_incomplete_command_is_a_usage_error(words):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2


@pytest.mark.parametrize("option", ["--near=", "--near "])
def test_negative_coordinates_are_accepted(capsys, demo, option):
    words = f"events list {option}-33.92,18.42 --radius-km 20000 --url {demo.address}".split()
    assert main(words) == 0
    first = capsys.readouterr().out.splitlines()[1]
    assert "Johannesburg, ZA (1262 km)" in first


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("events list --bbox -118.6,33.7,-118.1,34.3", "bbox", (-118.6, 33.7, -118.1, 34.3)),
        ("events export --near -.5,-1 x.csv", "near", (-0.5, -1.0)),
        ("events list -q -word", "q", "-word"),
        ("events list -qword", "q", "word"),
        ("confirmations confirm -hAbc_1", "token", "-hAbc_1"),
        ("campaign moderate reject evt_1 --reason -", "reason", "-"),
        ("widgets snippet counter theme=dark --petition -slug", "petition", "-slug"),
    ],
)
def test_a_value_may_begin_with_a_minus(words, name, value):
    assert getattr(build_parser().parse_args(words.split()), name) == value


@pytest.mark.parametrize(
    "words",
    [
        "widgets snippet events theme=dark --lang es",
        "widgets snippet events --lang es theme=dark",
        "widgets snippet --lang es events theme=dark",
    ],
)
def test_options_may_stand_anywhere(words):
    arguments = build_parser().parse_args(words.split())
    assert (arguments.widget, arguments.option, arguments.lang) == ("events", ["theme=dark"], "es")


@pytest.mark.parametrize("words", ["events list --near --json", "events list -x"])
def test_an_option_is_not_read_as_a_value(words):
    with pytest.raises(SystemExit):
        build_parser().parse_args(words.split())


@pytest.mark.parametrize("address", ["campaign.example", "http://["])
def test_an_invalid_url_is_one_line(capsys, address):
    status, text = fault(capsys, "petitions", "list", "--url", address)
    assert (status, text.count("\n")) == (2, 1)
    assert "https://campaign.example" in text


@pytest.mark.parametrize(
    "address",
    ["", "var/x.sqlite3", "sqlite://", "mysql://u:hidden@h/x", "postgres://u:hid/den:@h:x/y"],
)
@pytest.mark.parametrize("command", ["serve", "campaign keys list"])
def test_an_invalid_database_url_is_one_line(capsys, monkeypatch, address, command):
    monkeypatch.setenv("IMD_CAMPAIGN_DATABASE_URL", address)
    monkeypatch.setenv("IMD_CAMPAIGN_SECRET", "s" * 40)
    monkeypatch.setenv("IMD_CAMPAIGN_PUBLIC_KEY", "A" * 43 + "=")
    status, text = fault(capsys, *command.split())
    assert (status, text.count("\n")) == (2, 1)
    assert text.startswith("imd: settings: IMD_CAMPAIGN_DATABASE_URL: ")
    assert "sqlite:///PATH" in text
    assert "hid" not in text


@pytest.mark.parametrize(
    "address", ["sqlite:///text", "sqlite:///", "postgresql://u:hidden@127.0.0.1:1/x?foo=bar"]
)
def test_an_unusable_database_is_one_line(capsys, monkeypatch, tmp_path, address):
    (tmp_path / "text").write_text("This is not a database.")
    monkeypatch.chdir(tmp_path)
    address = f"sqlite:///{tmp_path}" if address == "sqlite:///" else address
    monkeypatch.setenv("IMD_CAMPAIGN_DATABASE_URL", address)
    monkeypatch.setenv("IMD_CAMPAIGN_SECRET", "s" * 40)
    monkeypatch.setenv("IMD_CAMPAIGN_PUBLIC_KEY", "A" * 43 + "=")
    status, text = fault(capsys, "campaign", "migrate")
    assert (status, text.count("\n")) == (1, 1)
    assert "hidden" not in text

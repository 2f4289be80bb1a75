import pytest

from imd_cli.main import main


def fault(capsys, *arguments: str) -> tuple[int, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    assert captured.out == ""
    return status, captured.err


def test_no_address_is_one_line_that_says_how_to_give_one(capsys, monkeypatch):
    monkeypatch.delenv("IMD_BASE_URL", raising=False)
    status, text = fault(capsys, "petitions", "list")
    assert status == 2
    assert text.count("\n") == 1
    assert "IMD_BASE_URL" in text


def test_nobody_at_the_address_is_one_line(capsys):
    status, text = fault(capsys, "petitions", "list", "--url", "http://127.0.0.1:9")
    assert (status, text.count("\n")) == (1, 1)


def test_an_unknown_petition_is_one_line(capsys, demo):
    status, text = fault(capsys, "petitions", "show", "nowhere", "--url", demo.address)
    assert (status, text.count("\n")) == (1, 1)


def test_a_bad_filter_is_named(capsys, demo):
    status, text = fault(capsys, "events", "list", "--kind", "picnic", "--url", demo.address)
    assert status == 1
    assert "kind" in text


def test_an_unreadable_event_file_is_one_line(capsys, demo):
    status, text = fault(capsys, "events", "submit", "missing.json", "--url", demo.address)
    assert (status, text.count("\n")) == (2, 1)
    assert "missing.json" in text


def test_a_person_is_not_asked_where_there_is_no_terminal(capsys, demo):
    arguments = ["petitions", "sign", "convention", "--country", "ES", "--url", demo.address]
    status, text = fault(capsys, *arguments)
    assert status == 2
    assert "--name" in text


@pytest.mark.parametrize("words", [[], ["petitions"], ["nonsense"], ["petitions", "sign"]])
def test_a_command_that_is_not_whole_is_a_usage_error(words):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2

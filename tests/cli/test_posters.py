from imd_cli.main import main
from imd_cli.posters import _format_edition
from imd_sdk.models import Edition


def edition(amount: int, currency: str) -> Edition:
    price = {"amount": amount, "currency": currency}
    return Edition.model_validate(
        {"id": "open", "kind": "open", "title": "Open", "size": "A2", "price": price}
    )


def test_prices_have_the_decimals_of_their_currency():
    assert _format_edition(edition(2500, "USD")) == "open 25.00 USD"


def test_a_price_in_yen_has_no_cents():
    assert _format_edition(edition(2500, "JPY")) == "open 2500 JPY"


def test_posters_are_listed_from_a_running_campaign(demo, capsys):
    assert main(["posters", "list", "--url", demo.address]) == 0
    assert "many-paths" in capsys.readouterr().out

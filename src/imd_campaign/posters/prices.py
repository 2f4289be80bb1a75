"""Prices in minor units, as languages write them."""

from decimal import Decimal

from imd_locale.language import Language

# ISO 4217: the currencies whose minor unit is not a hundredth.
WITHOUT_MINOR_UNIT = {"CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF"}
THOUSANDTHS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}


def format_price(amount: int, currency: str, language: Language) -> str:
    return language.price(Decimal(amount).scaleb(-_count_minor_digits(currency)), currency)


def _count_minor_digits(currency: str) -> int:
    if currency in WITHOUT_MINOR_UNIT:
        return 0
    return 3 if currency in THOUSANDTHS else 2

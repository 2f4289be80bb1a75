"""Homes are recognised in the languages of the campaign, and public places are not."""

import pytest

from imd_campaign.calendars.private_homes import is_probably_private

HOMES = [
    "Private home", "Our place", "Ana's home", "12 Sample Street", "Sample Street 12", "Apt 4B",
    "at home with the Samples", "Casa de Ana", "Mi casa", "Domicilio particular", "Chez Ana",
    "Résidence privée", "Casa da Ana", "Privatwohnung", "Bei uns", "Rumah saya", "Bahay namin",
    "Nyumbani kwa Ana", "Lakay mwen", "Evimizde", "Guriga", "Nhà riêng", "частный дом", "вдома",
    "في منزلنا", "خانه ما", "ہمارے گھر", "हमारे घर", "আমাদের বাড়ি", "우리 집", "在我家里", "我们家中",
    "ADDRESS AFTER SIGN-UP", "Wohnung 12, Musterstraße",
]  # fmt: skip
PUBLIC_PLACES = [
    "Sample Church, 5 Sample Street", "City Hall", "Parque Central", "Mairie du 11e",
    "Federal Building, 90 Sample Avenue", "Biblioteca, Calle 5", "Uhuru Park", "", "Rathaus",
]  # fmt: skip


@pytest.mark.parametrize("location", HOMES)
def test_home_is_recognised(location: str):
    assert is_probably_private(location, "Potluck")


@pytest.mark.parametrize("location", PUBLIC_PLACES)
def test_public_place_is_not_taken_for_a_home(location: str):
    assert not is_probably_private(location, "Vigil")


@pytest.mark.parametrize(
    "text", ["RSVP for address", "Address will be sent to guests", "Adresse communiquée après"]
)
def test_words_in_the_description_are_enough(text: str):
    assert is_probably_private("Nairobi", f"Potluck. {text}.")

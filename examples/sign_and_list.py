"""Sign a petition, list the events near a place and read the posters.

python examples/sign_and_list.py http://127.0.0.1:1218
"""

import sys

from imd_sdk import Client, InvalidRequest

MEXICO_CITY = (19.43, -99.13)


def main(address: str) -> None:
    with Client(address) as imd:
        sign(imd)
        for event in imd.events.list(near=MEXICO_CITY, radius_km=100):
            print(f"{event.starts_at:%d %B %H:%M}  {event.title} ({event.distance_km:.0f} km)")
        for poster in imd.posters.list():
            prices = [str(edition.price) for edition in poster.editions]
            print(f"{poster.title} by {poster.artist}: {', '.join(prices)}")


def sign(imd: Client) -> None:
    try:
        receipt = imd.petitions.sign(
            "convention", name="Sample Person", email="sync@example.org", country="MX", lang="es"
        )
    except InvalidRequest as error:
        sys.exit("\n".join(f"{invalid.field}: {invalid.message}" for invalid in error.errors))
    print(receipt.detail)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Sign a petition, list the events near a place and read the posters, all at the same time.

python examples/sign_and_list_async.py http://127.0.0.1:1218
"""

import asyncio
import sys

from imd_sdk import AsyncClient

NAIROBI = (-1.29, 36.82)


async def main(address: str) -> None:
    async with AsyncClient(address) as imd:
        await asyncio.gather(sign(imd), events(imd), posters(imd))


async def sign(imd: AsyncClient) -> None:
    receipt = await imd.petitions.sign(
        "convention", name="Sample Person", email="async@example.org", country="KE"
    )
    print(receipt.detail)


async def events(imd: AsyncClient) -> None:
    async for event in imd.events.list(near=NAIROBI, radius_km=100):
        print(f"{event.starts_at:%d %B %H:%M}  {event.title}")


async def posters(imd: AsyncClient) -> None:
    async for poster in imd.posters.list():
        print(f"{poster.title} by {poster.artist}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

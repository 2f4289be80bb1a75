"""Measures how many e-mails a second the outbox sends to a mail server that takes 20 ms a reply.

The peer is `smtplib` with a connection for each e-mail, in the same run. The exit status is 1 if
the outbox is not at least four times as fast.
"""

import asyncio
import smtplib
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from imd_campaign import db
from imd_campaign.context import Context
from imd_campaign.mail import service
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.messages import make_message
from imd_campaign.mail.sender import MailSender
from imd_campaign.mail.transports import SmtpTransport
from imd_campaign.startup import open_database, open_vault
from imd_cli.demo_campaign import make_campaign_settings

EMAILS, PEER_EMAILS, REPLY_SECONDS, LIMIT = 400, 20, 0.02, 4.0
EMAIL = Email("sample@example.org", "en", "A sample", "Text.\n" * 20)


def main() -> int:
    with run_relay() as port:
        peer = PEER_EMAILS / measure(lambda: send_one_by_one(port))
        ours = EMAILS / send_outbox(port)
    ratio = ours / peer
    print(f"the outbox sends {ours:.0f} e-mails/s, smtplib {peer:.0f}", end="; ")
    print(f"ratio {ratio:.1f}, limit {LIMIT}: {'pass' if ratio >= LIMIT else 'MISS'}")
    return ratio < LIMIT


def measure(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def send_one_by_one(port: int) -> None:
    message = make_message("ltr_1", EMAIL, "campaign@campaign.example", datetime.now(UTC))
    for _ in range(PEER_EMAILS):
        with smtplib.SMTP("127.0.0.1", port) as connection:
            connection.sendmail(message.sender, [message.recipient], message.content)


def send_outbox(port: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        settings = make_campaign_settings(Path(folder), "http://127.0.0.1:1218")
        engine = db.open_engine(settings.database_url)
        db.migrate(engine)
        engine.dispose()
        context = Context(settings, open_database(settings), open_vault(settings))
        with context.database.write() as connection:
            for _ in range(EMAILS):
                service.queue(context, connection, kind="sample", email=EMAIL)
        seconds = measure(lambda: asyncio.run(send_all(context, port)))
        context.database.engine.dispose()
    return seconds


async def send_all(context: Context, port: int) -> None:
    sender = MailSender(context, SmtpTransport(f"smtp://127.0.0.1:{port}"))
    while await sender.send_due():
        pass


@contextmanager
def run_relay() -> Iterator[int]:
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), []

    async def listen() -> None:
        server = await asyncio.start_server(converse, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()

    loop.create_task(listen())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    ready.wait()
    yield ports[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reply(writer, b"220 relay.example")
    while line := await reader.readline():
        if line.upper().startswith(b"DATA"):
            await reply(writer, b"354 go on")
            await reader.readuntil(b"\r\n.\r\n")
        is_end = line.upper().startswith(b"QUIT")
        await reply(writer, b"221 bye" if is_end else b"250 fine")
    writer.close()


async def reply(writer: asyncio.StreamWriter, line: bytes) -> None:
    await asyncio.sleep(REPLY_SECONDS)
    writer.write(line + b"\r\n")
    await writer.drain()


if __name__ == "__main__":
    sys.exit(main())

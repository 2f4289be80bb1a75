"""`imd demo`: a sample campaign on this machine."""

import argparse
import logging
from functools import partial
from pathlib import Path

from imd_cli import server_runner
from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import require_extra

HOST = "127.0.0.1"
PORT = 1218


def add_commands(commands: Commands) -> None:
    parser = add_command(
        commands, "demo", run, help="serve a complete sample campaign on this machine"
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help="port (default 1218); 0 chooses a free one"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("imd-demo"),
        help="folder for its files (default imd-demo)",
    )


def run(arguments: argparse.Namespace) -> None:
    with require_extra("all"):
        from imd_cli import combined_app, demo_campaign, demo_inbox, demo_staff

    # The greeting says where the e-mails are.
    logging.getLogger("imd_campaign.mail.folder").setLevel(logging.ERROR)
    listener = server_runner.listen(HOST, arguments.port)
    url = server_runner.get_url(listener)
    data = arguments.data.resolve()
    campaign, widgets = demo_campaign.prepare(data, url)
    routes = [*demo_inbox.make_routes(data / "mail"), *demo_staff.make_routes()]
    make_app = partial(combined_app.create_app, campaign, widgets, routes=routes)
    server_runner.run(make_app, listener, greeting=_make_greeting(url, arguments.data))


def _make_greeting(url: str, data: Path) -> str:
    return (
        f"International Migrants Day, a sample campaign: {url}\n"
        f"Staff console, with an account of the demo: {url}/demo/staff\n"
        f"Outgoing e-mail: {url}/demo/mail   API: {url}/v1/docs   Data: {data}\n"
        "Moderate events: "
        f"IMD_CAMPAIGN_SECRETS_FILE={data / 'campaign.secrets'} imd campaign moderate events\n"
        "Press Ctrl-C to stop."
    )

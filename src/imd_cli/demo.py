import argparse
from pathlib import Path

from imd_cli import servers
from imd_cli.faults import extra_needed

HOST = "127.0.0.1"
PORT = 1218


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="a whole sample campaign on this machine")
    parser.add_argument("--port", type=int, default=PORT, help="default 1218; 0 is any free one")
    parser.add_argument(
        "--data", type=Path, default=Path("imd-demo"), help="where it keeps its files"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with extra_needed("all"):
        from imd_cli import demo_campaign, demo_mail, one_process

    listener = servers.listen(HOST, arguments.port)
    address = servers.address_of(listener)
    data = arguments.data.resolve()
    campaign, widgets = demo_campaign.prepare(data, address)
    app = one_process.create_app(campaign, widgets, routes=demo_mail.routes(data / "mail"))
    servers.run(app, listener, greeting=_greeting(address, arguments.data))


def _greeting(address: str, data: Path) -> str:
    return (
        f"International Migrants Day, a sample campaign: {address}\n"
        f"Outgoing mail: {address}/demo/mail   API: {address}/v1/docs   Data: {data}\n"
        "Ctrl-C stops it."
    )

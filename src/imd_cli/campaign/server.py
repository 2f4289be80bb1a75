import argparse

from imd_cli import servers
from imd_cli.errors import require_extra

PORT = 8000


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser("serve", help="serve the campaign without the widgets")
    servers.add_address_options(parser, port=PORT)
    parser.set_defaults(run=serve)


def serve(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.app import create_app
        from imd_campaign.settings import Settings
        from imd_cli.campaign.open_context import check_secrets

    settings = servers.from_environment(Settings)
    check_secrets(settings)
    app = create_app(settings)
    listener = servers.listen(arguments.host, arguments.port)
    greeting = f"Campaign: {servers.url_of(listener)} (press Ctrl-C to stop)"
    servers.run(app, listener, greeting=greeting)

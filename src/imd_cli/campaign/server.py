import argparse

from imd_cli import servers
from imd_cli.faults import extra_needed

PORT = 8000


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser("serve", help="the campaign alone, without widgets")
    servers.address_options(parser, port=PORT)
    parser.set_defaults(run=serve)


def serve(arguments: argparse.Namespace) -> None:
    with extra_needed("campaign"):
        from imd_campaign.app import create_app
        from imd_campaign.settings import Settings
        from imd_cli.campaign.database import refuse_other_secrets

    settings = servers.from_environment(Settings)
    refuse_other_secrets(settings)
    app = create_app(settings)
    listener = servers.listen(arguments.host, arguments.port)
    greeting = f"Campaign: {servers.address_of(listener)} (Ctrl-C stops it)"
    servers.run(app, listener, greeting=greeting)

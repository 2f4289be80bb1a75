import argparse

from imd_cli import servers
from imd_cli.faults import extra_needed

PORT = 1219


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    group = commands.add_parser("widgets", help="serve the widgets of a campaign")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = verbs.add_parser(
        "serve", help="the widgets alone; IMD_WIDGETS_CAMPAIGN_URL says whose"
    )
    servers.address_options(parser, port=PORT)
    parser.set_defaults(run=serve)


def serve(arguments: argparse.Namespace) -> None:
    with extra_needed("widgets"):
        from imd_widgets.app import create_app
        from imd_widgets.settings import Settings

    app = create_app(servers.from_environment(Settings))
    listener = servers.listen(arguments.host, arguments.port)
    greeting = f"Widgets: {servers.address_of(listener)} (Ctrl-C stops them)"
    servers.run(app, listener, greeting=greeting)

import argparse

from imd_cli import servers
from imd_cli.faults import extra_needed

PORT = 1218


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="campaign and widgets in one process")
    servers.address_options(parser, port=PORT)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with extra_needed("all"):
        from imd_campaign.settings import Settings as CampaignSettings
        from imd_cli import one_process
        from imd_cli.campaign.database import refuse_other_secrets
        from imd_widgets.settings import Settings as WidgetSettings

    campaign = servers.from_environment(CampaignSettings)
    refuse_other_secrets(campaign)
    app = one_process.create_app(campaign, servers.from_environment(WidgetSettings))
    listener = servers.listen(arguments.host, arguments.port)
    greeting = f"Campaign and widgets: {servers.address_of(listener)} (Ctrl-C stops them)"
    servers.run(app, listener, greeting=greeting)

"""`imd serve`: campaign and widgets together."""

import argparse
from functools import partial

from imd_cli import server_runner
from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import require_extra

PORT = 1218


def add_commands(commands: Commands) -> None:
    parser = add_command(commands, "serve", run, help="serve campaign and widgets together")
    server_runner.add_address_options(parser, port=PORT)
    server_runner.add_workers_option(parser)
    server_runner.add_log_option(parser)


def run(arguments: argparse.Namespace) -> None:
    with require_extra("all"):
        from imd_campaign.settings import Settings as CampaignSettings
        from imd_cli import background_process, combined_app
        from imd_cli.campaign.context import check_secrets
        from imd_widgets.settings import Settings as WidgetSettings

    campaign = server_runner.read_settings(CampaignSettings)
    check_secrets(campaign)
    widgets = server_runner.read_settings(WidgetSettings)
    listener = server_runner.listen(arguments.host, arguments.port)
    greeting = f"Campaign and widgets: {server_runner.get_url(listener)} (press Ctrl-C to stop)"
    serving, background = background_process.split(
        campaign, arguments.workers, arguments.log_format
    )
    server_runner.run(
        partial(combined_app.create_app, serving, widgets),
        listener,
        greeting=greeting,
        workers=arguments.workers,
        trusted_proxies=f"{campaign.trusted_proxies},{widgets.trusted_proxies}",
        background=background,
        log_format=arguments.log_format,
    )

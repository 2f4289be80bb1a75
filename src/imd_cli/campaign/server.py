import argparse
from functools import partial

from imd_cli import server_runner
from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import require_extra

PORT = 8000


def add_commands(verbs: Commands) -> None:
    parser = add_command(verbs, "serve", serve, help="serve the campaign without the widgets")
    server_runner.add_address_options(parser, port=PORT)
    server_runner.add_workers_option(parser)
    server_runner.add_log_option(parser)


def serve(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.settings import Settings
        from imd_cli import background_process
        from imd_cli.campaign.context import check_secrets
        from imd_cli.campaign_app import create_app

    settings = server_runner.read_settings(Settings)
    check_secrets(settings)
    listener = server_runner.listen(arguments.host, arguments.port)
    greeting = f"Campaign: {server_runner.get_url(listener)} (press Ctrl-C to stop)"
    serving, background = background_process.split(
        settings, arguments.workers, arguments.log_format
    )
    server_runner.run(
        partial(create_app, serving),
        listener,
        greeting=greeting,
        workers=arguments.workers,
        trusted_proxies=settings.trusted_proxies,
        background=background,
        log_format=arguments.log_format,
    )

"""The program of a worker process, which `supervisor.py` starts."""

import logging
import os
import pickle
import signal
import socket
import sys
from threading import Thread

from imd_cli.supervisor import READY, StartFailed


def main() -> None:
    channel, listener = (socket.socket(fileno=int(number)) for number in sys.argv[1:3])
    # With its protocol named, which not every system can find out: see `server_runner.listen`.
    listener = socket.socket(
        listener.family, listener.type, socket.IPPROTO_TCP, fileno=listener.detach()
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with channel.makefile("rb") as stream:
        program, is_quiet = pickle.load(stream)  # noqa: S301 the supervisor has written it
    if is_quiet:
        logging.disable(logging.WARNING)

    def report_ready() -> None:
        logging.disable(logging.NOTSET)
        channel.sendall(READY)

    Thread(target=_stop_without_supervisor, args=(channel,), daemon=True).start()
    try:
        program(listener, report_ready)
    except StartFailed:
        sys.exit(1)


def _stop_without_supervisor(channel: socket.socket) -> None:
    """Drain and stop if the supervisor is gone: nothing else would ever stop this process."""
    if not channel.recv(1):
        os.kill(os.getpid(), signal.SIGTERM)

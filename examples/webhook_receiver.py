"""Receive webhooks: check the signature, then print each event once.

IMD_WEBHOOK_SECRETS="whsec_…" python examples/webhook_receiver.py 8080

Uses only the standard library. Production handlers for Flask and FastAPI, which remember
deliveries across restarts, are in docs/sdk/webhooks.md.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from imd_sdk import webhooks

SECRETS = os.environ["IMD_WEBHOOK_SECRETS"].split()
MAX_BYTES = 64 * 1024
seen: set[str] = set()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length > MAX_BYTES:
            self.respond(413)
            return
        body, headers = self.rfile.read(length), dict(self.headers)
        try:
            delivery = webhooks.verify(body, headers, SECRETS)
        except webhooks.InvalidWebhook as error:
            print("rejected:", error)
            self.respond(400)
            return
        if delivery.id not in seen:  # deliveries are repeated until they get a 2xx response
            seen.add(delivery.id)
            print(delivery.payload["type"], delivery.payload["data"], flush=True)
        self.respond(204)

    def respond(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


def main(port: str) -> None:
    with HTTPServer(("127.0.0.1", int(port)), Receiver) as server:
        print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A receiver as somebody would write it with the official Standard Webhooks library for Python.

Takes the secret as its argument; prints its address, then a line for each request.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

webhook = Webhook(sys.argv[1])


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            webhook.verify(body, headers)
            print("verified", headers["webhook-id"], flush=True)
            self.send_response(204)
        except WebhookVerificationError as error:
            print("refused", error, flush=True)
            self.send_response(400)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}/hook", flush=True)
sys.stdin.read()  # Ends with whoever started it.

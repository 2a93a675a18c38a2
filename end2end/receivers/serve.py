"""What the receivers have in common: a server on a free port that prints its address, and ends with whoever started it."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(handle, path=""):
    """`handle` takes headers and payload; answers a status, the answer's body, and a line to print."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            payload = self.rfile.read(int(self.headers["content-length"]))
            status, answer, line = handle(self.headers, payload)
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            print(line, flush=True)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}{path}", flush=True)
    sys.stdin.read()

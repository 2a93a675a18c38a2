import {module}
import hmac
import os
from flask import Flask, request

app = Flask(__name__)
secret = os.environ["WEBHOOK_SECRET"].encode()


@app.post("/webhooks")
def receive():
    # The raw bytes are what was signed: verify before parsing.
    mac = hmac.new(secret, request.get_data(), "sha256")
    expected = "{prefix}" + {signature}
    given = request.headers.get("{header}", "")
    if not hmac.compare_digest(expected.encode(), given.encode()):
        return "", 401
    print(request.get_json(force=True))
    return "", 204

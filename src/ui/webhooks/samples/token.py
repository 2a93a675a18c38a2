import hmac
import os
from flask import Flask, request

app = Flask(__name__)
expected = "{prefix}" + os.environ["WEBHOOK_TOKEN"]


@app.post("/webhooks")
def receive():
    given = request.headers.get("{header}", "")
    if not hmac.compare_digest(expected.encode(), given.encode()):
        return "", 401
    print(request.get_json(force=True))
    return "", 204

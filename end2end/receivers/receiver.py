"""A receiver as somebody would write it with the official Standard Webhooks library for Python.

Takes the secret as its argument; prints its address, then a line for each request.
"""

import sys

from serve import serve
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

webhook = Webhook(sys.argv[1])


def handle(headers, body):
    by_name = {name.lower(): value for name, value in headers.items()}
    try:
        webhook.verify(body, by_name)
        return 204, b"", f"verified {by_name['webhook-id']}"
    except WebhookVerificationError as error:
        return 400, b"", f"refused {error}"


serve(handle, "/hook")

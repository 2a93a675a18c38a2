"""Receivers written after the platforms' own documents, in Python: `documents.py <platform> <secret or token>`.

Prints its address, then a line of JSON for each request: what it answered, and what it made of the body.
"""

import hashlib
import hmac
import json
import sys

from serve import serve

platform, secret = sys.argv[1], sys.argv[2]
seen = set()


def callintel(headers, payload):
    expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(headers.get("X-Callintel-Signature") or "", expected):
        return 401, {}
    event = json.loads(payload)
    understood = {"type": event["event_type"], "id": event["webhook_id"], "at": event["timestamp"], "data": event["data"]}
    if event["webhook_id"] in seen:
        return 200, {**understood, "duplicate": True}
    seen.add(event["webhook_id"])
    return 202, understood


def dialgen(headers, payload):
    body = json.loads(payload)
    if "callData" in body:
        call = body["callData"]
        return 200, {"type": "call.completed", "id": call["id"], "duration": call["duration"]}
    return 200, {"type": body["event"], "id": body["batchId"]}


def ello(headers, payload):
    if headers.get("Authorization", "") != f"Bearer {secret}":
        return 401, {}
    event = json.loads(payload)
    return 200, {"type": event.get("events"), "id": event.get("event_id"), "call_duration": event.get("call_duration")}


def salpre(headers, payload):
    if headers.get("X-Api-Key") != secret:
        return 401, {}
    event = json.loads(payload)
    good = isinstance(event["timestamp_utc"], int) and isinstance(event["is_test"], bool)
    understood = {"type": event["event_type"], "at": event["timestamp_utc"], "test": event["is_test"]}
    return (200 if good and sorted(event) == ["event_type", "is_test", "payload", "timestamp_utc"] else 422), understood


def handle(headers, payload):
    try:
        status, understood = globals()[platform](headers, payload)
    except Exception as error:
        status, understood = 500, {"error": repr(error)}
    answer = json.dumps({"status": "success" if status < 300 else "refused"}).encode()
    return status, answer, json.dumps({"status": status, **understood})


serve(handle)

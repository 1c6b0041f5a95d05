"""The outside, in a process of its own: a CRM, and as much of DynamoDB and Secrets Manager as the
jobs ask for. It counts what it is asked. `python -m bench.gateway.stubs` prints its origin."""

import json
import re
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.gateway import jobs

_KIB = 1024
_counts: Counter[str] = Counter()


class _Stub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Buffered: header and body in one segment, or each answer waits for the other end's ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    answers: dict[str, bytes]
    items: dict[tuple[str, str, str], dict[str, Any]]

    def do_GET(self) -> None:
        if self.path == "/counts":
            self._send(json.dumps(_counts).encode())
            return
        _counts["http"] += 1
        term = re.search(r"q=(\w+)", self.path)
        self._send(self.answers[term[1] if term else ""])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, _, operation = self.headers["X-Amz-Target"].rpartition(".")
        _counts[operation] += 1
        self._send(json.dumps(getattr(self, operation)(body)).encode())

    def GetItem(self, body: Any) -> Any:  # noqa: N802  AWS's names
        pk, sk = body["Key"]["pk"]["S"], body["Key"]["sk"]["S"]
        item = self.items.get((body["TableName"], pk.partition("#A#")[0], sk))
        return {} if item is None else {"Item": item}

    def TransactWriteItems(self, body: Any) -> Any:  # noqa: N802
        for write in body["TransactItems"]:
            _counts["write_units"] += 2 * -(-len(json.dumps(write)) // _KIB)
        return {}

    def GetSecretValue(self, body: Any) -> Any:  # noqa: N802
        origin = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
        secret = json.dumps({"value": jobs.SECRET, "origins": [origin]})
        return {"Name": body["SecretId"], "SecretString": secret}

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def attribute(value: Any) -> dict[str, Any]:
    """JSON-like data as DynamoDB has it."""
    match value:
        case bool():
            return {"BOOL": value}
        case None:
            return {"NULL": True}
        case int() | float():
            return {"N": str(value)}
        case dict():
            return {"M": {name: attribute(member) for name, member in value.items()}}
        case list():
            return {"L": [attribute(member) for member in value]}
        case _:
            return {"S": value}


def _item(table: str, pk: str, sk: str, content: dict[str, Any]) -> Any:
    named = {"pk": pk, "sk": sk, **content}
    return (table, pk, sk), {name: attribute(value) for name, value in named.items()}


def _items(origin: str) -> Any:
    live = f"LIVE#{jobs.TENANT}#"
    profile = {"name": "Bench", "currency": "DKK", "pseudonym_key": jobs.PSEUDONYM_KEY}
    account = {"avail": 1_000, "held": 0, "debt": 0, "ver": 7, "lots": {"2099-01-31": 1_000}}
    return dict(
        (
            _item(jobs.TENANTS_TABLE, live, "PROFILE", profile),
            _item(jobs.TENANTS_TABLE, live, "PROGRAM", {"hold_ttl_s": 900}),
            _item(jobs.TENANTS_TABLE, live, "INTEGRATION#customer_lookup", jobs.record(origin)),
            # Every account of the tenant's is this one.
            _item(jobs.LEDGER_TABLE, f"T#{jobs.TENANT}", "ACCT", account),
        )
    )


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
    origin = f"http://127.0.0.1:{server.server_port}"
    _Stub.answers = {
        term: json.dumps(jobs.contacts(count)).encode()
        for term, count in (("jane", 1), ("everybody", 50))
    }
    _Stub.items = _items(origin)
    print(origin, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

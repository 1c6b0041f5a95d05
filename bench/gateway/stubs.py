"""The outside, in a process of its own: a CRM, and as much of DynamoDB and Secrets Manager as the
jobs ask for. It counts what it is asked. `python -m bench.gateway.stubs [SECONDS]` prints its
origin; with seconds, the CRM takes that long, and the ledger's table half of it: no part of the
customer's screen asks it more than twice."""

import json
import re
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.gateway import jobs
from local.template import ROOT

_KIB = 1024
_CAMPAIGNS = ROOT / "tests" / "tenants" / "fjord-outdoor" / "campaigns"
_counts: Counter[str] = Counter()


class _Stub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Buffered: header and body in one segment, or each answer waits for the other end's ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    answers: dict[str, bytes]
    items: dict[tuple[str, str, str], dict[str, Any]]
    slow_s: float

    def do_GET(self) -> None:
        if self.path == "/counts":
            self._send(json.dumps(_counts).encode())
            return
        _counts["http"] += 1
        time.sleep(self.slow_s)
        term = re.search(r"q=(\w+)", self.path)
        self._send(self.answers[term[1] if term else ""])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, _, operation = self.headers["X-Amz-Target"].rpartition(".")
        _counts[operation] += 1
        if body.get("TableName") == jobs.LEDGER_TABLE:
            time.sleep(self.slow_s / 2)
        self._send(json.dumps(getattr(self, operation)(body)).encode())

    def GetItem(self, body: Any) -> Any:  # noqa: N802  AWS's names
        pk, sk = body["Key"]["pk"]["S"], body["Key"]["sk"]["S"]
        item = self.items.get((body["TableName"], pk.partition("#A#")[0], sk))
        return {} if item is None else {"Item": item}

    def Query(self, body: Any) -> Any:  # noqa: N802
        table, values = body["TableName"], body["ExpressionAttributeValues"]
        pk, prefix = values[":pk"]["S"], values.get(":prefix", {"S": ""})["S"]
        found = (
            item
            for (of_table, of_pk, sk), item in self.items.items()
            if (of_table, of_pk) == (table, pk) and sk.startswith(prefix)
        )
        return {"Items": list(found)}

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


def _live(file: Path) -> dict[str, Any]:
    """A record as it is live, without its examples: what a function reads is smaller by them."""
    content: dict[str, Any] = json.loads(file.read_text())
    return {name: member for name, member in content.items() if name != "examples"}


def _items(origin: str) -> Any:
    live = f"LIVE#{jobs.TENANT}#"
    profile = {"name": "Bench", "currency": "DKK", "pseudonym_key": jobs.PSEUDONYM_KEY}
    account = {"avail": 1_000, "held": 0, "debt": 0, "ver": 7, "lots": {"2099-01-31": 1_000}}
    return dict(
        (
            _item(jobs.TENANTS_TABLE, live, "PROFILE", profile),
            _item(jobs.TENANTS_TABLE, live, "PROGRAM", {"hold_ttl_s": 900}),
            *(
                _item(
                    jobs.TENANTS_TABLE,
                    live,
                    f"INTEGRATION#{operation}",
                    {"operation": operation, **record},
                )
                for operation, record in jobs.records(origin).items()
            ),
            *(
                _item(jobs.TENANTS_TABLE, live, f"CAMPAIGN#{file.stem}", _live(file))
                for file in sorted(_CAMPAIGNS.glob("*.json"))
            ),
            # Every account of the tenant's is this one.
            _item(jobs.LEDGER_TABLE, f"T#{jobs.TENANT}", "ACCT", account),
        )
    )


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
    origin = f"http://127.0.0.1:{server.server_port}"
    _Stub.slow_s = float(sys.argv[1]) if sys.argv[1:] else 0
    _Stub.answers = {
        term: json.dumps(jobs.contacts(count)).encode()
        for term, count in (("jane", 1), ("everybody", 50))
    }
    _Stub.items = _items(origin)
    print(origin, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

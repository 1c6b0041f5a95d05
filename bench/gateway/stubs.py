"""The outside, in a process of its own: a CRM, and as much of DynamoDB and Secrets Manager as the
jobs ask for. It counts what it is asked. `python -m bench.gateway.stubs SECONDS TIMES` prints its
origin: the CRM takes that long, and the ledger's table half of it, since no part of the customer's
screen asks it more than twice; the customer's journal, the other tenants and their campaigns are so
many times as many."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.gateway import jobs
from bench.gateway.tables import Tables, attributes
from local.template import ROOT
from tillbridge.domain.ledger.keys import account_id

_KIB = 1024
_CAMPAIGNS = ROOT / "tests" / "tenants" / "fjord-outdoor" / "campaigns"
_OF_OTHERS = ("PROFILE", "PROGRAM", "INTEGRATION#customer_lookup", "CAMPAIGN#gold-10")
# As many entries as a screen shows: more of them change no answer.
_ENTRIES = 5
_counts: Counter[str] = Counter()


class _Stub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Buffered: header and body in one segment, or each answer waits for the other end's ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    answers: dict[str, bytes]
    tables: Tables
    slow_s: float

    def do_GET(self) -> None:
        if self.path == "/counts":
            self._send(json.dumps(_counts).encode())
            return
        _counts["http"] += 1
        time.sleep(self.slow_s)
        term = parse_qs(urlsplit(self.path).query)["q"][0]
        self._send(self.answers.get(term, self.answers["nobody"]))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, _, operation = self.headers["X-Amz-Target"].rpartition(".")
        _counts[operation] += 1
        if body.get("TableName") == jobs.LEDGER_TABLE:
            time.sleep(self.slow_s / 2)
        self._send(json.dumps(getattr(self, operation)(body)).encode())

    def GetItem(self, body: Any) -> Any:  # noqa: N802  AWS's names
        return self.tables.get(body)

    def Query(self, body: Any) -> Any:  # noqa: N802
        return self.tables.query(body)

    def TransactWriteItems(self, body: Any) -> Any:  # noqa: N802
        """Counted, and not kept: every call finds what the one before has found."""
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


def _filled(origin: str, times: int) -> Tables:
    tables = Tables()
    records = {name: attributes(content) for name, content in _records(origin)}
    for name, record in records.items():
        tables.put(jobs.TENANTS_TABLE, f"LIVE#{jobs.TENANT}#", name, record)
    for number in range(times):
        for name in _OF_OTHERS:
            tables.put(
                jobs.TENANTS_TABLE, f"LIVE#{jobs.other_tenant(number)}#", name, records[name]
            )
    pk = f"T#{jobs.TENANT}#A#{account_id(jobs.PSEUDONYM_KEY, jobs.CUSTOMER)}"
    account = {"avail": 1_000, "held": 0, "debt": 0, "ver": 7, "lots": {"2099-01-31": 1_000}}
    tables.put(jobs.LEDGER_TABLE, pk, "ACCT", attributes(account))
    for number in range(_ENTRIES * times):
        order = f"order-{number:06}"
        content = attributes(jobs.journal_entry(number, order))
        tables.put(jobs.LEDGER_TABLE, pk, f"E#earn#shop-1#{order}", content)
    return tables


def _records(origin: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tenant's, by their sort keys."""
    yield "PROFILE", {"name": "Bench", "currency": "DKK", "pseudonym_key": jobs.PSEUDONYM_KEY}
    yield "PROGRAM", {"hold_ttl_s": 900}
    for operation, record in jobs.records(origin).items():
        yield f"INTEGRATION#{operation}", {"operation": operation, **record}
    for file in sorted(_CAMPAIGNS.glob("*.json")):
        content = json.loads(file.read_text())
        # As a campaign is live, without its examples: what a function reads is smaller by them.
        yield f"CAMPAIGN#{file.stem}", {n: m for n, m in content.items() if n != "examples"}


def main(slow_s: str, times: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
    origin = f"http://127.0.0.1:{server.server_port}"
    _Stub.slow_s = float(slow_s)
    answers = {
        "nobody": jobs.contacts(0),
        "jane": jobs.contacts(1),
        "everybody": jobs.contacts(50),
        "orders": jobs.orders(6),
    }
    _Stub.answers = {term: json.dumps(answer).encode() for term, answer in answers.items()}
    _Stub.tables = _filled(origin, int(times))
    print(origin, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])

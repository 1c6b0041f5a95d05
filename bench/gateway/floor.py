"""The floor: the jobs written by hand, with nothing between them and the sockets but urllib3. It is
frozen: ratios to it are only comparable while it stays as it is. It logs a line and a metric for
each request, as the app does, and leaves out what makes a service: limits, drift, problems and
retries."""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import urllib3

_REGION = "eu-west-1"
_FRESH_S = 30
pool = urllib3.PoolManager()
_config: dict[str, tuple[float, Any]] = {}


def handler(job: str) -> Callable[..., Any]:
    """The jobs that came later are written in files of their own."""
    if job in ("evaluation", "panel"):
        handle: Callable[..., Any] = import_module(f"bench.gateway.floors.{job}").handle
        return handle
    return redeem if job == "redemption" else look_up


def look_up(event: Any, _context: Any) -> Any:
    started = time.monotonic()
    tenant = event["requestContext"]["authorizer"]["tenant_id"]
    query = event["queryStringParameters"]
    record = remembered(
        "record", lambda: stored(tenants(), f"LIVE#{tenant}#", "INTEGRATION#customer_lookup")
    )
    secret = remembered("secret", lambda: secret_of(tenant, record["auth"]["secret"]))
    upstream = pool.request(
        "GET",
        f"{record['request']['url']}?"
        + urlencode({"q": query["search_term"], "currency": query["currency_code"]}),
        headers={"Accept": "application/json", "Authorization": f"Bearer {secret['value']}"},
        timeout=2.5,
    )
    customers = [
        {
            "identifier": one["id"],
            "name": one["full_name"],
            "street": one["address"]["street"],
            "city": one["address"]["city"],
            "postal_code": one["address"]["zip"],
            "country_code": one["address"]["country"],
            "phone": one["phone"],
            "email": one["email"],
            "balance": {
                "identifier": one["account"]["no"],
                "balance": round(one["account"]["amount"], 2),
            },
        }
        for one in json.loads(upstream.data)["data"]["results"]
    ]
    return answered(event, 200, customers, started)


def redeem(event: Any, _context: Any) -> Any:
    started = time.monotonic()
    caller = event["requestContext"]["authorizer"]
    tenant, principal = caller["tenant_id"], caller["principal"]
    asked = json.loads(event["body"])
    profile = remembered("profile", lambda: stored(tenants(), f"LIVE#{tenant}#", "PROFILE"))
    rules = remembered("rules", lambda: stored(tenants(), f"LIVE#{tenant}#", "PROGRAM"))
    key = event["headers"]["Idempotency-Key"]
    account_id = account_of(profile, asked["customer_id"])
    redemption_id = _short(_sha256("redeem", tenant, principal, key))
    table, pk = os.environ["LEDGER_TABLE"], f"T#{tenant}#A#{account_id}"
    account = stored(table, pk, "ACCT", consistent=True)
    points, at = asked["points"], datetime.now(UTC).isoformat(timespec="milliseconds")
    lot = min(account["lots"])
    until = int(time.time()) + rules["hold_ttl_s"]
    available, held = account["avail"] - points, account["held"] + points
    facts = {"store_id": {"S": asked["store_id"]}, "sale_ref": {"S": asked["sale_ref"]}}
    redemption = {
        **key_of(f"T#{tenant}#R#{redemption_id}", "R"),
        **facts,
        "state": {"S": "held"},
        "mode": {"S": "hold"},
        "points": {"N": str(points)},
        "refundable": {"N": "0"},
        "account": {"S": account_id},
        "fingerprint": {"S": _sha256("redeem", tenant, principal, asked).hex()},
        "lots": {"M": {lot: {"N": str(points)}}},
        "created_at": {"S": at},
        "held_until_s": {"N": str(until)},
        "due_shard": {"S": "DUE#0"},
        "due_at": {"S": at},
    }
    entry = {
        **key_of(pk, f"E#hold#{redemption_id}"),
        **facts,
        "kind": {"S": "hold"},
        "delta": {"N": "0"},
        "at": {"S": at},
        "actor": {"S": principal},
        "redemption_id": {"S": redemption_id},
        "points": {"N": str(points)},
    }
    register = {
        **key_of(f"T#{tenant}#N#{asked['store_id']}#{asked['sale_ref']}", account_id),
        "rid": {"S": redemption_id},
        "closed": {"BOOL": False},
    }
    update = {
        "TableName": table,
        "Key": key_of(pk, "ACCT"),
        "ConditionExpression": "#ver = :ver",
        "UpdateExpression": "SET #avail = :avail, #held = :held, #lots.#day = :avail, #ver = :next",
        "ExpressionAttributeNames": {
            **{f"#{name}": name for name in ("ver", "avail", "held", "lots")},
            "#day": lot,
        },
        "ExpressionAttributeValues": {
            ":ver": {"N": str(account["ver"])},
            ":next": {"N": str(account["ver"] + 1)},
            ":avail": {"N": str(available)},
            ":held": {"N": str(held)},
        },
    }
    new = {"TableName": table, "ConditionExpression": "attribute_not_exists(pk)"}
    puts = [{"Put": {**new, "Item": item}} for item in (redemption, register, entry)]
    aws(
        "dynamodb",
        "DynamoDB_20120810.TransactWriteItems",
        {"TransactItems": [*puts, {"Update": update}]},
    )
    answer = {
        "redemption_id": redemption_id,
        "state": "held",
        "mode": "hold",
        "points": points,
        "refundable": 0,
        "store_id": asked["store_id"],
        "sale_ref": asked["sale_ref"],
        "created_at": at,
        "held_until": datetime.fromtimestamp(until, UTC).isoformat(),
        "account": {
            "balance": available + held - account["debt"],
            "available": available,
            "held": held,
            "debt": account["debt"],
        },
        "message_code": "redemption_held",
        "message": f"{points} points held for the customer",
    }
    return answered(event, 201, answer, started)


def answered(event: Any, status: int, body: Any, started: float) -> Any:
    ms = round((time.monotonic() - started) * 1_000)
    line = {
        "level": "INFO",
        "timestamp": datetime.now(UTC).isoformat(),
        "message": "answered",
        "service": "floor",
        "request_id": event["requestContext"]["requestId"],
        "status": status,
        "request_ms": ms,
    }
    directive = {
        "Namespace": "Floor",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "RequestMs", "Unit": "Milliseconds"}],
    }
    metric = {
        "_aws": {"Timestamp": int(time.time() * 1_000), "CloudWatchMetrics": [directive]},
        "service": "floor",
        "RequestMs": ms,
    }
    sys.stdout.write(f"{json.dumps(line)}\n{json.dumps(metric)}\n")
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"},
        "body": json.dumps(body, separators=(",", ":")),
    }


def remembered(name: str, read: Callable[[], Any]) -> Any:
    known = _config.get(name)
    if known is None or time.monotonic() - known[0] > _FRESH_S:
        known = _config[name] = (time.monotonic(), read())
    return known[1]


def tenants() -> str:
    return os.environ["TENANTS_TABLE"]


def stored(table: str, pk: str, sk: str, *, consistent: bool = False) -> Any:
    asked = {"TableName": table, "Key": key_of(pk, sk), "ConsistentRead": consistent}
    return plain({"M": aws("dynamodb", "DynamoDB_20120810.GetItem", asked)["Item"]})


def secret_of(tenant: str, name: str) -> Any:
    asked = {"SecretId": f"{os.environ['SECRETS_PREFIX']}/{tenant}/{name}"}
    return json.loads(aws("secretsmanager", "secretsmanager.GetSecretValue", asked)["SecretString"])


def key_of(pk: str, sk: str) -> Any:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def plain(attribute: Any) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "M":
        return {name: plain(member) for name, member in value.items()}
    if kind == "L":
        return [plain(member) for member in value]
    return int(value) if kind == "N" else value


def account_of(profile: Any, customer_id: str) -> str:
    key = profile["pseudonym_key"].encode()
    return _short(hmac.digest(key, customer_id.encode(), "sha256"))


def _sha256(*parts: Any) -> bytes:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()


def _short(digest: bytes) -> str:
    return base64.b32encode(digest).decode()[:26].lower()


def aws(service: str, target: str, body: Any) -> Any:
    """One call, signed by hand (Signature Version 4)."""
    url, raw = os.environ["AWS_ENDPOINT_URL"], json.dumps(body).encode()
    host, now = url.partition("//")[2], datetime.now(UTC)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": host,
        "x-amz-date": stamp,
        "x-amz-target": target,
    }
    names = ";".join(headers)
    canonical = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n\n{canonical}\n{names}\n{hashlib.sha256(raw).hexdigest()}"
    scope = f"{day}/{_REGION}/{service}/aws4_request"
    signed = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signing = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (day, _REGION, service, "aws4_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signature = hmac.digest(signing, signed.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    answer = pool.request("POST", url, body=raw, headers=headers, timeout=0.8)
    if answer.status != 200:
        raise RuntimeError(answer.data)
    return json.loads(answer.data)

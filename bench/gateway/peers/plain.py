"""Plain requests and boto3, as a careful hand writes it: clients and a session made once, the
record and the secret remembered."""

import json
import os
import time

import boto3
import requests
from boto3.dynamodb.types import TypeDeserializer

from bench.gateway.peers.shared_job import a_logger, customer_of

_FRESH_S = 30
logger = a_logger("plain")
_dynamodb = boto3.client("dynamodb")
_secrets = boto3.client("secretsmanager")
_session = requests.Session()
_deserialize = TypeDeserializer().deserialize
_known = {}


def handler(_job):
    return look_up


def look_up(event, _context):
    tenant = event["requestContext"]["authorizer"]["tenant_id"]
    customers = found(tenant, event["queryStringParameters"])
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(customers),
    }


def found(tenant, query):
    """The customers, for whatever framework is around it."""
    record = _read(tenant, _record)
    secret = _read((tenant, record["auth"]["secret"]), _secret)
    answer = _session.get(
        record["request"]["url"],
        params={"q": query["search_term"], "currency": query["currency_code"]},
        headers={"Authorization": f"Bearer {secret['value']}"},
        timeout=2.5,
    )
    customers = [customer_of(one) for one in answer.json()["data"]["results"]]
    logger.info("found %s customers", len(customers))
    return customers


def _read(key, read):
    known = _known.get(key)
    if known is None or time.monotonic() - known[0] > _FRESH_S:
        known = _known[key] = (time.monotonic(), read(key))
    return known[1]


def _record(tenant):
    key = {"pk": {"S": f"LIVE#{tenant}#"}, "sk": {"S": "INTEGRATION#customer_lookup"}}
    item = _dynamodb.get_item(TableName=os.environ["TENANTS_TABLE"], Key=key)["Item"]
    return {name: _deserialize(value) for name, value in item.items()}


def _secret(key):
    tenant, name = key
    stored = _secrets.get_secret_value(SecretId=f"{os.environ['SECRETS_PREFIX']}/{tenant}/{name}")
    return json.loads(stored["SecretString"])

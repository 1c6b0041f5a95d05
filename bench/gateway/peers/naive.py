"""What a tutorial shows: a resource and a session made for each request."""

import json
import os

import boto3
import requests

from bench.gateway.peers.shared_job import a_logger, customer_of

logger = a_logger("naive")


def handler(_job):
    return look_up


def look_up(event, _context):
    tenant = event["requestContext"]["authorizer"]["tenant_id"]
    query = event["queryStringParameters"]
    table = boto3.resource("dynamodb").Table(os.environ["TENANTS_TABLE"])
    key = {"pk": f"LIVE#{tenant}#", "sk": "INTEGRATION#customer_lookup"}
    record = table.get_item(Key=key)["Item"]
    name = f"{os.environ['SECRETS_PREFIX']}/{tenant}/{record['auth']['secret']}"
    stored = boto3.client("secretsmanager").get_secret_value(SecretId=name)
    secret = json.loads(stored["SecretString"])
    answer = requests.get(
        record["request"]["url"],
        params={"q": query["search_term"], "currency": query["currency_code"]},
        headers={"Authorization": f"Bearer {secret['value']}"},
        timeout=2.5,
    )
    customers = [customer_of(one) for one in answer.json()["data"]["results"]]
    logger.info("found %s customers", len(customers))
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(customers),
    }

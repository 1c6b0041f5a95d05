"""tillctl on an AWS stack that is not what it hopes for, and its simple reads and writes there."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from local.demo_tenants import TENANTS
from tests.support.aws import TABLE, put
from tests.support.tillctl import tillctl
from tillbridge.adapters.app_secrets import AppSecrets
from tillbridge.adapters.pos_keys import PosKeys
from tillbridge.adapters.secrets import Secrets
from tillbridge.adapters.shops import Shops
from tillbridge.domain.pos_key import PosKey
from tillbridge.domain.shop import Shop
from tillbridge.errors import RecordsUnavailable
from tools.tillctl.environments import Environment, explained
from tools.tillctl.failures import Exit

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_secretsmanager import SecretsManagerClient

REGION = "eu-west-1"
DESCRIBED = {
    "Parameters": [{"ParameterKey": "Stage", "ParameterValue": "prod"}],
    "Outputs": [
        {"OutputKey": "TenantsTable", "OutputValue": TABLE},
        {"OutputKey": "ApiUrl", "OutputValue": "https://api.example.com/prod"},
    ],
}
APP_SECRETS = tuple("shpss_" + digit * 32 for digit in "abc")
DOMAIN = "acme.myshopify.com"
STACK = ("--stack", "tillbridge-prod", "--region", REGION)


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, dynamodb: "DynamoDBClient") -> None:
    """An account with a tenant; moto's CloudFormation needs more than the project has."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(Environment, "_description", DESCRIBED)
    key = {"pk": {"S": "LIVE#acme#"}, "sk": {"S": "PROFILE"}}
    dynamodb.put_item(TableName=TABLE, Item={**key, "name": {"S": "Acme"}})


def stored_secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", region_name=REGION)


def test_a_key_is_shown_once_and_accepted_by_the_authorizers_own_reading(
    dynamodb: "DynamoDBClient",
) -> None:
    made = json.loads(
        tillctl(
            *("keys", "create", "acme", "--principal", "tills", "--scope", "lookup"),
            *("--scope", "redeem", "--expires-in-days", 3, "--json", *STACK),
        ).stdout
    )

    key = PosKey.parse(made["token"])
    assert key
    record, _ = PosKeys(dynamodb, TABLE).read("acme", key.key_id)
    assert record
    assert record.accepts(key, made["expires_at_s"] - 1)
    assert not record.accepts(key, made["expires_at_s"])
    assert record.scopes == {"lookup", "redeem"}
    assert made["api"] == "https://api.example.com/prod"
    listed = tillctl("keys", "list", "acme", *STACK).stdout
    assert key.key_id in listed
    assert key.secret not in listed
    assert key.digest not in listed


def test_a_misspelled_tenant_gets_no_key(dynamodb: "DynamoDBClient") -> None:
    result = tillctl("keys", "create", "acne", *STACK)

    assert result.exit_code == 1
    assert "knows no tenant acne" in result.stderr
    assert dynamodb.scan(TableName=TABLE)["Count"] == 1


def test_a_revoked_key_is_accepted_no_more() -> None:
    made = json.loads(tillctl("keys", "create", "acme", "--json", *STACK).stdout)

    result = tillctl("keys", "revoke", "acme", made["key_id"], *STACK)

    assert result.exit_code == 0
    (listed,) = json.loads(tillctl("keys", "list", "acme", "--json", *STACK).stdout)
    assert listed["state"] == "revoked"
    assert "secret_sha256" not in listed


def test_revoking_a_key_that_is_not_there_makes_none() -> None:
    assert tillctl("keys", "revoke", "acme", "abcdef12", *STACK).exit_code == 1
    assert tillctl("keys", "list", "acme", "--json", *STACK).stdout.strip() == "[]"


def test_a_secret_is_stored_as_the_functions_read_it() -> None:
    command = ("secrets", "set", "acme", "crm", "--origin", "https://crm.example.com", *STACK)

    first, second = (tillctl(*command, typed=f"{value}\n") for value in ("one", "two"))

    secret = Secrets(stored_secrets(), "tillbridge/prod").read("acme", "crm")
    assert secret.value_for("https://crm.example.com/path") == "two"
    assert "stored" in first.stdout
    assert "replaced" in second.stdout
    assert "two" not in first.output + second.output


@pytest.mark.parametrize(
    ("words", "typed", "says"),
    [
        (("crm", "--origin", "http://crm.example.com"), "x", "https://"),
        (("crm", "--origin", "https://127.0.0.1"), "x", "--origin https://127.0.0.1"),
        (("a/b", "--origin", "https://crm.example.com"), "x", "no secret's name"),
        (("crm", "--origin", "https://crm.example.com"), "\n", "empty"),
    ],
)
def test_a_secret_that_could_not_be_used_is_not_stored(
    words: tuple[str, ...], typed: str, says: str
) -> None:
    result = tillctl("secrets", "set", "acme", *words, *STACK, typed=typed)

    assert result.exit_code == 2
    assert says in result.stderr
    assert stored_secrets().list_secrets()["SecretList"] == []


def test_a_stack_that_is_something_else_is_one_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Environment, "_description", {"Outputs": []})

    result = tillctl("keys", "list", "acme", *STACK)

    assert result.exit_code == 3
    assert "no output TenantsTable" in result.stderr


def test_a_profile_that_is_not_there_is_one_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    result = tillctl("keys", "list", "acme", *STACK, "--profile", "nobody")

    assert result.exit_code == 3
    assert "nobody" in result.stderr


def test_a_command_without_a_stack_says_how_to_name_one() -> None:
    result = tillctl("keys", "list", "acme")

    assert result.exit_code == 2
    assert "--local" in result.stderr


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "PutItem")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NoCredentialsError(), "no AWS credentials"),
        (EndpointConnectionError(endpoint_url="https://dynamodb"), "does not answer"),
        (refusal("AccessDeniedException", "not authorized: dynamodb:PutItem"), "denies access"),
        (refusal("ValidationError", "Stack with id x does not exist"), "x does not exist"),
        (refusal("ExpiredTokenException", "expired"), "not accepted"),
        (refusal("ProvisionedThroughputExceededException", "slow down"), "PutItem"),
    ],
)
def test_every_failure_of_awss_has_words_and_a_code(error: Any, says: str) -> None:
    failure = explained(error)

    assert says in failure.message
    assert failure.code is Exit.ENVIRONMENT
    assert failure.hint


@pytest.mark.parametrize("command", [("check",), ("try", "--search-term", "jane")])
def test_a_secret_that_may_not_be_read_is_one_screen(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> Any:
        raise RecordsUnavailable from refusal("AccessDeniedException", "GetSecretValue")

    monkeypatch.setattr(Environment, "read_secret", lambda _self: denied)
    record = TENANTS / "lumen-living" / "integrations" / "customer_lookup.json"

    result = tillctl(*command, record, *STACK)

    assert result.exit_code == 3
    assert "AWS denies access" in result.stderr
    assert "GetSecretValue" in result.stderr


def set_app_secret(secret: str) -> None:
    assert tillctl("apps", "set", "client-1", *STACK, typed=f"{secret}\n").exit_code == 0


def live_app_secrets() -> tuple[str, ...]:
    return AppSecrets(stored_secrets(), "tillbridge-apps/prod/shopify").read("client-1")


def test_an_apps_newest_two_secrets_are_live_until_the_older_is_retired() -> None:
    first, second, third = APP_SECRETS
    for secret, live in (
        (first, (first,)),
        (second, (second, first)),
        (second, (second, first)),
        (third, (third, second)),
    ):
        set_app_secret(secret)
        assert live_app_secrets() == live

    assert tillctl("apps", "retire", "client-1", *STACK).exit_code == 0
    assert live_app_secrets() == (third,)
    listed = tillctl("apps", "list", *STACK)
    assert "client-1: 1 live" in listed.stdout
    assert third not in listed.output


def test_an_app_that_is_not_there_has_nothing_to_retire() -> None:
    result = tillctl("apps", "retire", "client-2", *STACK)

    assert result.exit_code == 1
    assert "knows no app client-2" in result.stderr
    assert "There are no apps" in tillctl("apps", "list", *STACK).stdout


@pytest.mark.parametrize("typed", ["", "short", "x" * 31, "ä" * 32, "x" * 32 + "\nmore"])
def test_what_is_no_client_secret_is_not_stored(typed: str) -> None:
    result = tillctl("apps", "set", "client-1", *STACK, typed=typed)

    assert result.exit_code == 2
    assert stored_secrets().list_secrets()["SecretList"] == []


def test_a_shop_is_read_by_the_authorizers_own_reading_until_it_is_removed(
    dynamodb: "DynamoDBClient",
) -> None:
    set_app_secret(APP_SECRETS[0])
    words = (DOMAIN, "--app", "client-1", "--scope", "lookup", "--scope", "adjust")

    added = tillctl("shops", "add", "acme", *words, *STACK)

    assert added.exit_code == 0
    shop = Shop(DOMAIN, "acme", "client-1", frozenset({"lookup", "adjust"}))
    assert Shops(dynamodb, TABLE).read(DOMAIN) == (shop, False)
    (listed,) = json.loads(tillctl("shops", "list", "--json", *STACK).stdout)
    assert listed == {
        "domain": DOMAIN,
        "tenant_id": "acme",
        "client_id": "client-1",
        "scopes": ["adjust", "lookup"],
    }
    assert DOMAIN in tillctl("shops", "list", "acme", *STACK).stdout
    assert "There are no shops" in tillctl("shops", "list", "other", *STACK).stdout

    assert tillctl("shops", "remove", "acme", DOMAIN, *STACK).exit_code == 0
    assert Shops(dynamodb, TABLE).read(DOMAIN) == (None, False)


def test_a_shop_that_is_somebodys_is_neither_given_away_nor_removed_by_another(
    dynamodb: "DynamoDBClient",
) -> None:
    set_app_secret(APP_SECRETS[0])
    put(dynamodb, f"SHOP#{DOMAIN}", "SHOP", tenant_id="other", client_id="client-1")

    added = tillctl("shops", "add", "acme", DOMAIN, "--app", "client-1", *STACK)
    removed = tillctl("shops", "remove", "acme", DOMAIN, *STACK)

    assert (added.exit_code, removed.exit_code) == (1, 1)
    assert "is other's already" in added.stderr
    assert "acme has no shop" in removed.stderr
    shop, _ = Shops(dynamodb, TABLE).read(DOMAIN)
    assert shop is not None
    assert shop.tenant_id == "other"


@pytest.mark.parametrize(
    ("tenant", "domain", "app", "code", "says"),
    [
        ("acne", DOMAIN, "client-1", 1, "knows no tenant acne"),
        ("acme", DOMAIN, "client-2", 1, "knows no app client-2"),
        ("acme", "shop.acme.example", "client-1", 2, "no shop's own domain"),
        ("acme", "https://acme.myshopify.com", "client-1", 2, "no shop's own domain"),
        ("acme", "Acme.myshopify.com", "client-1", 2, "no shop's own domain"),
    ],
)
def test_a_shop_that_could_not_be_served_is_not_added(
    dynamodb: "DynamoDBClient", tenant: str, domain: str, app: str, code: int, says: str
) -> None:
    set_app_secret(APP_SECRETS[0])

    result = tillctl("shops", "add", tenant, domain, "--app", app, *STACK)

    assert result.exit_code == code
    assert says in result.stderr
    assert dynamodb.scan(TableName=TABLE)["Count"] == 1

"""What the authorizer runs on: keys and shops in the tenants table, the apps' client secrets."""

import time
from functools import cache
from typing import TYPE_CHECKING

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.pos_keys import PosKeys
from tillbridge.domain.caller import Caller
from tillbridge.entrypoint.settings import settings
from tillbridge.services.authenticate import Authenticate

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

    from tillbridge.services.session_tokens import SessionTokens


@cache
def authenticate() -> Authenticate:
    keys = PosKeys(_dynamodb(), settings().tenants_table)
    return Authenticate(keys.read, _caller_of_session_token, time.time)


def _caller_of_session_token(text: str) -> Caller:
    return session_tokens()(text)


@cache
def session_tokens() -> "SessionTokens":
    """Made, and imported, for the first session token: a till with a key does not wait for it."""
    from tillbridge.adapters.app_secrets import AppSecrets
    from tillbridge.adapters.secrets import secrets_manager_client
    from tillbridge.adapters.shops import Shops
    from tillbridge.services.app_signatures import AppSignatures
    from tillbridge.services.session_tokens import SessionTokens

    secrets = AppSecrets(secrets_manager_client(), settings().shopify_apps_secret)
    shops = Shops(_dynamodb(), settings().tenants_table)
    return SessionTokens(shops.read, AppSignatures(secrets.read))


@cache
def _dynamodb() -> "DynamoDBClient":
    return dynamodb_client()

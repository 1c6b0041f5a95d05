"""What the authorizer runs on: the keys' table alone."""

import time
from functools import cache

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.pos_keys import PosKeys
from tillbridge.entrypoint.settings import settings
from tillbridge.services.authenticate import Authenticate


@cache
def authenticate() -> Authenticate:
    return Authenticate(PosKeys(dynamodb_client(), settings().tenants_table).read, time.time)

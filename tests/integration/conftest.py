"""What the adapters' tests share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.aws import a_tenants_table
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    with a_tenants_table() as client:
        yield client


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()

"""What looks like a secret is found wherever a request could hold it; the rest is left alone."""

from typing import Any

import pytest

from tests.corpora.secrets import NO_SECRETS, SECRETS
from tests.support.builders import ORIGIN, a_record
from tillbridge.domain.faults import Fault
from tillbridge.domain.record_check import faults_of
from tillbridge.domain.secret_detection import secrets_in

PLACES: dict[str, Any] = {
    "request.url": lambda text: {"url": f"{ORIGIN}/{text}"},
    "request.headers.X-Key": lambda text: {"headers": {"X-Key": text}},
    "request.query.q": lambda text: {"query": {"q": text}},
    "request.body.params.args.1": lambda text: {"body": {"params": {"args": [1, text]}}},
    "request.query.q.expression": lambda text: {"query": {"q": {"expression": f"'{text}'"}}},
}


def test_there_are_two_hundred_secrets() -> None:
    assert len(set(SECRETS)) >= 200


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_found_in_every_place(place: str) -> None:
    missed = [
        secret for secret in SECRETS if secrets_in({"request": PLACES[place](secret)}) != [place]
    ]

    assert missed == []


@pytest.mark.parametrize("text", NO_SECRETS)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_secret_is_left_alone(place: str, text: str) -> None:
    assert secrets_in({"request": PLACES[place](text)}) == []


@pytest.mark.parametrize(
    "name",
    [
        *("api_key", "apikey", "X-Api-Key", "password", "client_secret", "access-token", "auth"),
        *("accessToken", "X-ApiToken", "hapikey", "pwd", "api.key"),
    ],
)
def test_a_literal_where_a_name_promises_a_credential_is_one(name: str) -> None:
    assert secrets_in({"request": {"query": {name: "short"}}}) == [f"request.query.{name}"]
    assert secrets_in({"request": {"query": {name: "{search_term}"}}}) == []
    assert secrets_in({"request": {"body": {name: ""}}}) == []


def test_a_record_with_a_secret_must_not_go_live_and_does_not_repeat_it() -> None:
    record = a_record(request={"url": ORIGIN, "headers": {"X-Key": SECRETS[0]}})

    (fault,) = faults_of(record)

    assert (fault.path, fault.message) == ("request.headers.X-Key", "This looks like a secret")
    assert SECRETS[0] not in str(fault)


def test_a_record_that_cannot_be_loaded_must_not_go_live() -> None:
    assert faults_of({"operation": "customer_lookup"}) == [
        Fault("request", "Field required", hint="Add it.")
    ]


def test_a_good_record_may_go_live() -> None:
    assert faults_of(a_record()) == []

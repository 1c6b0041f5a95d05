"""The catalogue of codes: what a till, an integrator and the docs can rely on."""

import re

import pytest

from tillbridge import errors
from tillbridge.errors import (
    CallerError,
    InsufficientPoints,
    LoyaltyError,
    ServiceError,
    TenantError,
    TillbridgeError,
    UpstreamError,
    UpstreamThrottled,
    catalogue,
)

SENTENCES = re.compile(r"([A-Z][^.!?]*\.)( [A-Z][^.!?]*\.)*")
NEXT_STEP = re.compile(r"(Ask|Check|Continue|Search|Try|Wait)\b")
OUR_WORDS = re.compile(
    r"\b(API|credential|database|DNS|exception|gateway|HTTPS?|JSON|mapping|parameter|record|server"
    r"|request|secret|SSL|tenant|time-?out|TLS|token|upstream|URL|XML)s?\b|[0-9_{}<>`]",
    re.IGNORECASE,
)
leaves = pytest.mark.parametrize("error", catalogue(), ids=lambda error: error.__name__)


def test_the_catalogue_holds_every_error_that_can_be_raised() -> None:
    classes = [
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, TillbridgeError)
    ]
    parents = {base for one in classes for base in one.__bases__}

    assert sorted(map(repr, catalogue())) == sorted(repr(c) for c in classes if c not in parents)


def test_every_code_means_one_thing() -> None:
    codes = [error.code for error in catalogue()]

    assert len(codes) == len(set(codes))


@leaves
def test_a_code_is_the_name_of_its_error(error: type[TillbridgeError]) -> None:
    snake_case = re.sub(r"(?<!^)(?=[A-Z])", "_", error.__name__).lower()

    assert error.code == snake_case


@leaves
def test_an_error_is_described_once_and_shown_in_the_tree(error: type[TillbridgeError]) -> None:
    lines = (error.__doc__ or "").splitlines()

    assert lines
    assert len(lines) == len(set(lines))
    assert re.search(rf"\b{error.__name__}\b", errors.__doc__ or "")


@leaves
def test_an_error_has_a_title_and_says_whether_to_try_again(error: type[TillbridgeError]) -> None:
    assert re.fullmatch(r"[A-Z][^.\n]*[^.\s]", error.title)
    assert isinstance(error.retryable, bool)


@leaves
def test_a_cashier_is_told_in_sentences_what_to_do_next(error: type[TillbridgeError]) -> None:
    message = error.cashier_message
    *_, last = re.split(r"(?<=\.) ", message)

    assert SENTENCES.fullmatch(message)
    assert NEXT_STEP.match(last)
    assert len(message) <= 120


@leaves
def test_a_cashier_is_told_nothing_of_technology(error: type[TillbridgeError]) -> None:
    assert not OUR_WORDS.search(error.cashier_message)


@leaves
def test_a_cashier_is_told_to_try_once_more_only_when_it_can_help(
    error: type[TillbridgeError],
) -> None:
    invites = re.search(r"Try once more|Try again in|Wait a moment", error.cashier_message)

    assert bool(invites) is error.retryable


@leaves
def test_a_status_says_who_is_at_fault(error: type[TillbridgeError]) -> None:
    family = {
        CallerError: (4,),
        LoyaltyError: (4,),
        TenantError: (4, 5),
        UpstreamError: (5,),
        ServiceError: (5,),
    }
    (digits,) = [digits for parent, digits in family.items() if issubclass(error, parent)]

    assert error.status // 100 in digits


@leaves
def test_an_error_without_words_of_its_own_says_its_title(error: type[TillbridgeError]) -> None:
    raised = error()

    assert str(raised) == raised.detail == error.title
    assert raised.retry_after_s is None
    assert raised.facts == {}


def test_an_error_carries_its_detail_and_facts() -> None:
    raised = UpstreamThrottled("ask later", retry_after_s=30, upstream_status=429)

    assert str(raised) == raised.detail == "ask later"
    assert raised.retry_after_s == 30
    assert raised.facts == {"upstream_status": 429}


def test_a_cashier_is_told_how_many_points_are_needed_and_how_many_are_there() -> None:
    words = InsufficientPoints(points=100, available=40).words

    assert words == (
        "Unable to process - 100 points are needed, 40 are there. Continue without points."
    )

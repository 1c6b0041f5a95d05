import json
import math
import re
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import to_json

from tests.support.builders import a_customer, a_query
from tillbridge.domain.customer import (
    _SEEN,
    Customer,
    CustomerQuery,
    as_plain,
    in_currency,
    no_controls,
)

LINES = (
    *("name", "street", "city", "postal_code", "country", "country_code"),
    *("phone", "email", "additional_info"),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def as_sent(customer: Customer) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(
        json.dumps(customer.model_dump(mode="json", exclude_none=True), allow_nan=False)
    )
    return sent


def test_a_customer_has_ka_chings_fields() -> None:
    lines = {name: f"a {name}" for name in LINES}
    whole = {**lines, "identifier": "c-1", "balance": {"identifier": "a-1", "balance": 12.5}}

    assert as_sent(Customer.model_validate(whole)) == whole


def test_only_the_identifier_is_required_and_what_is_unknown_is_left_out() -> None:
    assert as_sent(Customer.model_validate({"identifier": "c-1"})) == {"identifier": "c-1"}


@pytest.mark.parametrize("identifier", ["c-1", " c 1 ", "0042", "gid://shopify/Customer/7", "é例"])
def test_an_identifier_is_kept_byte_for_byte(identifier: str) -> None:
    assert a_customer(identifier=identifier).identifier == identifier


@pytest.mark.parametrize(
    ("number", "text"), [(42, "42"), (42.0, "42"), (1.5, "1.5"), (Decimal("42"), "42")]
)
def test_a_number_as_an_identifier_becomes_text(number: Any, text: str) -> None:
    assert a_customer(identifier=number).identifier == text


@pytest.mark.parametrize(
    "identifier",
    [None, "", True, False, [], {}, "x" * 257, "c\n1", "c\0", "c\x7f", "c\x85", "\ud800"],
)
def test_what_is_no_identifier_is_refused(identifier: Any) -> None:
    with pytest.raises(ValidationError):
        a_customer(identifier=identifier)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Jane Doe", "Jane Doe"),
        ("  Jane  ", "Jane"),
        ("Jane\nDoe", "Jane Doe"),
        ("Jane\u2028Doe", "Jane Doe"),
        ("Ja\0ne", "Jane"),
        ("Jane \u202eeoD\u202c", "Jane eoD"),
        ("\u2066Jane\u2069", "Jane"),
        ("\ufeffJane", "Jane"),
        ("Ja\ud800ne", "Jane"),
        ("Zoë 例 \U0001f600", "Zoë 例 \U0001f600"),
        (2100, "2100"),
        (2100.0, "2100"),
        ("", None),
        (" \t\u200b", None),
        (None, None),
        (False, None),
    ],
)
def test_a_text_is_one_clean_line_or_nothing(given: Any, shown: str | None) -> None:
    assert a_customer(name=given).name == shown


@pytest.mark.parametrize("value", [True, [], ["Jane"], {"first": "Jane"}])
def test_what_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError, match="name"):
        a_customer(name=value)


@given(text=st.text(alphabet=st.characters()))
def test_no_text_holds_what_a_screen_cannot_show(text: str) -> None:
    name = a_customer(name=text, loyalty={"card": [text]}).name or ""

    assert not {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} & set(map(unicodedata.category, name))
    assert name == name.strip()


def test_a_mapping_may_add_fields_of_its_own_as_clean_as_the_others() -> None:
    customer = a_customer(
        organization_number="DK\n123", loyalty={"tier": "\u202eGold", "points": [5, True, " "]}
    )

    assert as_sent(customer)["organization_number"] == "DK 123"
    assert as_sent(customer)["loyalty"] == {"tier": "Gold", "points": [5, True, None]}


@given(values=st.dictionaries(st.sampled_from([*LINES, "identifier", "balance", "x"]), ANYTHING))
def test_whatever_a_system_gives_is_a_customer_that_can_be_sent_or_is_refused(
    values: dict[str, Any],
) -> None:
    try:
        customer = Customer.model_validate(values)
    except ValidationError:
        return

    sent = as_sent(customer.in_currency("DKK"))
    assert sent["identifier"]
    assert isinstance(sent["identifier"], str)
    assert all(isinstance(sent[name], str) and sent[name] for name in LINES if name in sent)


TEXTS = st.text(
    alphabet=st.sampled_from(" aZ~é\u00ad\u00a0\u05ff\u0600\u2028\u2013例\n\x7f\ud800"), max_size=4
)
AMOUNTS = (
    st.floats()
    | st.floats(-0.1, 0.1)
    | st.integers()
    | st.decimals(places=2)
    | st.sampled_from(["12.50", True, ""])
)
PLAIN_OR_NOT = st.fixed_dictionaries(
    {"identifier": TEXTS | st.just("c-1") | st.integers() | ANYTHING},
    optional={
        "name": TEXTS | st.booleans() | ANYTHING,
        "balance": st.fixed_dictionaries(
            {"balance": AMOUNTS}, optional={"identifier": TEXTS | st.just("a-1")}
        ),
        "x": TEXTS | ANYTHING,
    },
)


@given(values=PLAIN_OR_NOT, currency_code=st.sampled_from([None, "DKK", "JPY", "JOD"]))
def test_a_plain_customer_is_sent_as_the_customer_that_would_be_made_of_it(
    values: dict[str, Any], currency_code: str | None
) -> None:
    if (plain := as_plain(values)) is not None:
        (sent,) = json.loads(to_json(in_currency([plain], currency_code)))

        assert sent == as_sent(Customer.model_validate(values).in_currency(currency_code))


@pytest.mark.parametrize(
    "values",
    [
        {"identifier": "c-1", "name": "Søren Ø", "balance": {"identifier": "a", "balance": 12.5}},
        {"identifier": " 42 ", "city": "例", "balance": {"identifier": "a", "balance": -5}},
    ],
)
def test_most_customers_are_plain(values: dict[str, Any]) -> None:
    assert as_plain(values) == values


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": None},
        {"identifier": 42},
        {"name": False},
        {"city": "Nuuk\u200b"},
        {"phone": " 12"},
        {"balance": {}},
        {"balance": {"balance": 12.5}},
        {"balance": {"identifier": "a", "balance": "12.5"}},
        {"balance": {"identifier": "a", "balance": math.inf}},
        {"balance": {"identifier": "a", "balance": True}},
        # What a Customer shows as 0.3, and what it refuses for its digits.
        {"balance": {"identifier": "a", "balance": 0.1 + 0.2}},
        {"balance": {"identifier": "a", "balance": 0.1 + 0.2 - 0.3}},
        {"vip": "yes"},
    ],
)
def test_a_customer_of_whom_something_is_to_be_done_is_not(changes: dict[str, Any]) -> None:
    assert as_plain({"identifier": "c-1", **changes}) is None


def test_what_is_taken_for_plain_is_kept_as_it_is() -> None:
    plain = re.compile(f"[{_SEEN}]")
    seen = "".join(c for c in map(chr, range(0x11_0000)) if plain.fullmatch(c))

    assert a_customer(name=seen).name == seen
    assert no_controls(seen) == seen


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        (12.5, "12.5"),
        (0, "0"),
        (-3, "-3"),
        ("12.50", "12.50"),
        (Decimal("0.1"), "0.1"),
        (0.1 + 0.2, "0.3"),
        (1234.5600000000001, "1234.56"),
        (999_999_999_999_999, "999999999999999"),
    ],
)
def test_a_balance_is_the_decimal_that_the_system_wrote(given: Any, amount: str) -> None:
    balance = a_customer(balance={"balance": given}).balance

    assert balance is not None
    assert str(balance.balance) == amount


@pytest.mark.parametrize(
    "amount", ["", "twelve", "1.234,50", True, False, 10**15, 1e300, float("nan"), float("inf"), []]
)
def test_what_is_no_amount_is_refused(amount: Any) -> None:
    with pytest.raises(ValidationError, match=r"balance\.balance"):
        a_customer(balance={"balance": amount})


@pytest.mark.parametrize("balance", [None, {}, {"balance": None}, {"identifier": "a-1"}])
def test_no_amount_is_no_balance_rather_than_one_of_zero(balance: Any) -> None:
    assert a_customer(balance=balance).balance is None


def test_an_account_without_an_identifier_is_the_customers() -> None:
    customer = a_customer(identifier=7, balance={"balance": 1})

    assert customer.balance is not None
    assert customer.balance.identifier == "7"


@pytest.mark.parametrize("balance", [5, "5", [5]])
def test_a_balance_of_another_shape_is_refused(balance: Any) -> None:
    with pytest.raises(ValidationError, match="balance"):
        a_customer(balance=balance)


@pytest.mark.parametrize("values", [None, "c-1", 5, ["c-1"]])
def test_what_is_no_object_is_no_customer(values: Any) -> None:
    with pytest.raises(ValidationError):
        Customer.model_validate(values)


@pytest.mark.parametrize(
    ("currency_code", "amount"), [("DKK", 12.35), ("JPY", 12), ("JOD", 12.346)]
)
def test_a_balance_is_what_the_currency_can_pay(currency_code: str, amount: float) -> None:
    customer = a_customer(balance={"balance": "12.3456"}).in_currency(currency_code)

    assert as_sent(customer)["balance"]["balance"] == amount


def test_what_a_system_says_of_a_balance_beyond_it_is_ignored() -> None:
    customer = a_customer(balance={"identifier": "a-1", "balance": 5, "currency": "DKK"})

    assert as_sent(customer)["balance"] == {"identifier": "a-1", "balance": 5}


def test_without_a_currency_a_balance_is_not_rounded() -> None:
    customer = a_customer(balance={"balance": "12.3456"})

    assert customer.in_currency(None) == customer


def test_a_customer_without_a_balance_is_the_same_in_every_currency() -> None:
    assert a_customer().in_currency("DKK") == a_customer()


@pytest.mark.parametrize("search_term", ["jane", "", " ", "x" * 128, '{"a"}&+%\n é'])
def test_a_search_term_is_kept_as_it_was_typed(search_term: str) -> None:
    assert a_query(search_term).search_term == search_term


@pytest.mark.parametrize("currency_code", [None, "DKK"])
def test_a_currency_may_be_named(currency_code: str | None) -> None:
    assert a_query(currency_code=currency_code).currency_code == currency_code


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"search_term": None},
        {"search_term": 5},
        {"search_term": "x" * 129},
        {"search_term": "\ud800"},
        {"search_term": "jane", "currency_code": "dkk"},
        {"search_term": "jane", "currency_code": "DKK\n"},
        {"search_term": "jane", "currency_code": ""},
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CustomerQuery.model_validate(values)


def test_a_parameter_that_nobody_knows_changes_nothing() -> None:
    query = CustomerQuery.model_validate({"search_term": "jane", "register": "3"})

    assert query == a_query("jane")

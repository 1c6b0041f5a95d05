"""A till's customer account: what its record understands of a request, and what it answers."""

from typing import Any

import pytest

from tillbridge.domain.customer_account import CustomerAccount, Worth
from tillbridge.domain.record_kinds import faults_in_record
from tillbridge.errors import InvalidRequest, RecordUnusable

PAYS = {"customer_id": "C-1", "amount": 12.5, "store_id": "aarhus", "sale_ref": "17"}
TILLS_NAMES = {
    "customer_id": "account.id",
    "currency_code": "currency",
    "amount": "payment.amount",
    "store_id": "source.shop_id",
    "sale_ref": "sale.identifier",
}


def an_account(**changes: Any) -> CustomerAccount:
    return CustomerAccount.compile(changes)


def faults_of(**changes: Any) -> dict[str, str]:
    """What is wrong with a record, by its place."""
    return {fault.path: str(fault) for fault in faults_in_record("CUSTOMER_ACCOUNT", changes)}


def paid(account: CustomerAccount, sent: dict[str, Any], worth: Worth) -> Any:
    assert account.pay is not None
    facts = worth.facts_of_payment(account.pay.asked(sent), 250, "redemption")
    return account.pay.answer(facts)


def test_an_empty_record_takes_our_names_and_answers_an_amount() -> None:
    account = an_account()
    query = account.read.asked({"customer_id": "C-1", "currency_code": "DKK"})

    assert (query.customer_id, query.currency_code) == ("C-1", "DKK")
    assert account.read.answer(Worth(500, 2_500, "DKK").facts(query)) == {"amount": 25.0}
    assert paid(account, PAYS, Worth(250, 1_250, "DKK")) == {"amount": 12.5}


def test_a_till_may_send_other_names_at_any_depth() -> None:
    account = an_account(pay={"request": TILLS_NAMES})
    assert account.pay is not None

    payment = account.pay.asked(
        {
            "account": {"id": 4711},
            "currency": "DKK",
            "payment": {"amount": "12.50"},
            "source": {"shop_id": "aarhus"},
            "sale": {"identifier": 17},
        }
    )

    assert payment.model_dump(mode="json", exclude_none=True) == {
        "customer_id": "4711",
        "currency_code": "DKK",
        "amount": 12.5,
        "store_id": "aarhus",
        "sale_ref": "17",
    }


def test_an_answer_has_the_shape_of_the_record() -> None:
    answer = {
        "account": {"id": "{customer_id}", "amount": "{balance}", "minor": "{balance_minor}"},
        "paid": "{paid}",
        "text": "{message}",
        "twice": {"expression": "paid_minor * 2"},
        "always": [1, None, "{{"],
    }

    assert paid(an_account(pay={"answer": answer}), PAYS, Worth(250, 1_250, "DKK")) == {
        "account": {"id": "C-1", "amount": 12.5, "minor": 1_250},
        "paid": 12.5,
        "text": "12.50 DKK paid with 250 points, 12.50 DKK are left",
        "twice": 2_500,
        "always": [1, None, "{"],
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": "12,50"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": None}, "amount"),
        ({"sale_ref": ""}, "sale_ref"),
        ({"sale_ref": "a\nb"}, "sale_ref"),
        ({"store_id": None}, "store_id"),
        ({"customer_id": ""}, "customer_id"),
        ({"currency_code": "kr"}, "currency_code"),
    ],
)
def test_what_cannot_be_a_payment_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    pay = an_account().pay
    assert pay is not None

    with pytest.raises(InvalidRequest) as refused:
        pay.asked({**PAYS, **changes})

    assert refused.value.facts["field"] == field


def test_an_amount_has_no_more_decimals_than_its_currency() -> None:
    pay = an_account().pay
    assert pay is not None
    payment = pay.asked({**PAYS, "amount": 12.25})

    assert payment.amount_minor("DKK") == 1_225
    assert payment.amount_minor("JOD") == 12_250
    with pytest.raises(InvalidRequest, match="JPY has at most 0 decimals"):
        payment.amount_minor("JPY")


def test_the_noise_of_a_tills_arithmetic_is_no_decimal() -> None:
    pay = an_account().pay
    assert pay is not None

    assert pay.asked({**PAYS, "amount": 0.1 + 0.2}).amount_minor("DKK") == 30


def test_a_payment_without_a_reference_is_refused_before_it_is_live() -> None:
    names = {name: source for name, source in TILLS_NAMES.items() if name != "sale_ref"}

    faults = faults_of(pay={"request": names})

    assert list(faults) == ["pay.request"]
    assert "the points would be taken twice" in faults["pay.request"]


@pytest.mark.parametrize("source", ["'always'", "$string($millis())", "shop & '-' & sale"])
def test_a_reference_that_is_not_the_tills_is_refused(source: str) -> None:
    faults = faults_of(pay={"request": {**TILLS_NAMES, "sale_ref": source}})

    assert list(faults) == ["pay.request.sale_ref"]


@pytest.mark.parametrize("source", ["store_id", "customer_id", "$string($number(amount))"])
def test_a_reference_that_is_not_the_sales_is_refused(source: str) -> None:
    """A second sale of that shop, customer or amount would be paid without points."""
    assert list(faults_of(pay={"request": {"sale_ref": source}})) == ["pay.request.sale_ref"]


@pytest.mark.parametrize("source", ["source.shop_id", "$uppercase(account.id)", "sale ? 'x'"])
def test_a_reference_that_another_of_the_tills_members_makes_is_refused(source: str) -> None:
    names = {**TILLS_NAMES, "staff_id": "sale.cashier.id", "sale_ref": source}

    assert list(faults_of(pay={"request": names})) == ["pay.request.sale_ref"]


def test_a_reference_may_stand_beside_other_members_of_the_sale() -> None:
    names = {**TILLS_NAMES, "amount": "sale.total", "store_id": "sale.shop.id"}

    assert faults_of(pay={"request": names}) == {}


def test_a_reference_of_several_members_is_there_when_they_are() -> None:
    source = "sale ? shop & '-' & sale"

    assert faults_of(pay={"request": {**TILLS_NAMES, "sale_ref": source}}) == {}


def test_every_fault_is_told_at_once() -> None:
    faults = faults_of(
        read={"request": {"customer_id": "a["}, "answer": {"amount": "{balanse}"}},
        pay={"answer": ["{paid", "{paid}"]},
        other=1,
    )
    assert list(faults) == ["other"]

    faults = faults_of(
        read={"request": {"customer_id": "a["}, "answer": {"amount": "{balanse}"}},
        pay={"answer": ["{paid", "{paid}"]},
    )
    assert set(faults) == {"read.request.customer_id", "read.answer.amount", "pay.answer.0"}
    assert "Did you mean balance?" in faults["read.answer.amount"]


def test_what_reading_cannot_know_is_no_part_of_its_answer() -> None:
    assert "read.answer.paid" in faults_of(read={"answer": {"paid": "{paid}"}})


def test_examples_are_the_records_tests() -> None:
    reads: dict[str, Any] = {
        "name": "reads",
        "action": "read",
        "sends": {"customer_id": "C-1", "currency_code": "DKK"},
        "account": {"points": 500, "balance_minor": 2_500, "currency_code": "DKK"},
        "expect": {
            "asked": {"customer_id": "C-1", "currency_code": "DKK"},
            "answer": {"amount": 25},
        },
    }
    nameless = {
        "name": "pays without a sale",
        "action": "pay",
        "sends": {"customer_id": "C-1", "amount": 5, "store_id": "aarhus"},
        "expect": {"code": "invalid_request"},
    }

    assert faults_of(examples=[reads, nameless]) == {}
    wrong = {**reads, "expect": {**reads["expect"], "answer": {"amount": 26}}}
    assert list(faults_of(examples=[wrong])) == ["examples.0.expect.answer.amount"]
    assert list(faults_of(pay=None, examples=[nameless])) == ["examples.0.expect.code"]


def test_a_live_record_that_is_wrong_is_unusable() -> None:
    with pytest.raises(RecordUnusable, match=r"pay\.request"):
        CustomerAccount.load({"pay": {"request": {"amount": "x"}}})

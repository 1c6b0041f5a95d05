"""Whether a `CUSTOMER_ACCOUNT` record may go live: its schema and expressions, and its own
examples."""

from collections.abc import Mapping
from typing import Any

from tillbridge.domain.customer_account import CustomerAccount, Worth
from tillbridge.domain.customer_account_record import AccountExample
from tillbridge.domain.examples import faults_where_unheld
from tillbridge.domain.faults import Fault, RecordRefused
from tillbridge.errors import NotConfigured, TillbridgeError

_STAND_IN = "example"


def faults_of_account(stored: Mapping[str, Any]) -> list[Fault]:
    """Each reason why the record must not go live; none when it may."""
    try:
        account = CustomerAccount.compile(stored)
    except RecordRefused as refused:
        return list(refused.faults)
    return faults_where_unheld(account.record.examples, lambda example: _result(account, example))


def _result(account: CustomerAccount, example: AccountExample) -> tuple[Any, str | None]:
    """What the example gives, and why where it is a failure."""
    given = example.account
    worth = Worth(given.points, given.balance_minor, given.currency_code)
    try:
        asked, answer = (
            _read(account, example, worth)
            if example.action == "read"
            else _paid(account, example, worth)
        )
    except TillbridgeError as error:
        return {"code": error.code}, error.detail
    return {"asked": asked.model_dump(mode="json", exclude_none=True), "answer": answer}, None


def _read(account: CustomerAccount, example: AccountExample, worth: Worth) -> tuple[Any, Any]:
    query = account.read.asked(example.sends)
    return query, account.read.answer(worth.facts(query))


def _paid(account: CustomerAccount, example: AccountExample, worth: Worth) -> tuple[Any, Any]:
    if account.pay is None:
        raise NotConfigured("the record has no `pay`")
    payment = account.pay.asked(example.sends)
    facts = worth.facts_of_payment(payment, example.account.paid_points, _STAND_IN)
    return payment, account.pay.answer(facts)

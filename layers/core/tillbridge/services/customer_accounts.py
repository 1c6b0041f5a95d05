"""A till's payment by customer account, with points: their value is the balance, a payment burns
them.

Ka-ching sends no `Idempotency-Key`: the sale's own reference, the customer and the amount are what
makes two payments the same.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tillbridge.domain.caller import Caller
from tillbridge.domain.customer_account import AccountPayment, Worth
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.find import Balance
from tillbridge.domain.ledger.hold import Hold
from tillbridge.domain.ledger.keys import account_id, fingerprint, redemption_id
from tillbridge.domain.ledger.redemption import Mode, Receipt, State
from tillbridge.domain.programme import Programme
from tillbridge.errors import NotConfigured, RedemptionExists, RedemptionVoided
from tillbridge.services.ledger import Ledger
from tillbridge.services.ports import ReadCustomerAccount, ReadProgramme
from tillbridge.services.redemptions import accepted


@dataclass(frozen=True, slots=True)
class CustomerAccounts:
    """Both methods take what the till sent, by name, and give what its record answers. They raise
    `TenantError`s, `RecordsUnavailable`, `InvalidRequest` and `CurrencyMismatch`."""

    ledger: Ledger
    read_programme: ReadProgramme
    read_contract: ReadCustomerAccount
    now_s: Callable[[], float] = time.time

    def read(self, caller: Caller, sent: Mapping[str, Any]) -> Any:
        """What the customer's points are worth: of one who collects none, 0."""
        action = self.read_contract(caller.tenant_id).read
        query = action.asked(sent)
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), None)
        account = account_id(programme.pseudonym_key, query.customer_id)
        standing = self.ledger.settle(Balance(actor, account))
        return action.answer(_worth(programme, query.currency_code, standing).facts(query))

    def pay(self, caller: Caller, sent: Mapping[str, Any]) -> tuple[Any, bool]:
        """Pay for a sale; and whether that was done before. Raises the `LoyaltyError`s of a
        redemption, and `Undecided` when the same request must be sent again."""
        action = self.read_contract(caller.tenant_id).pay
        if action is None:
            raise NotConfigured("this merchant's tills only read", operation="customer_account")
        payment = action.asked(sent)
        programme = self.read_programme(caller.tenant_id)
        receipt = self._paid(self._payment(caller, programme, payment))
        left = receipt.account
        if left is None:
            actor = Actor.of(caller, programme.time_zone, self.now_s(), payment.staff_id)
            left = self.ledger.settle(Balance(actor, receipt.redemption.account))
        worth = _worth(programme, payment.currency_code, left)
        paid = receipt.redemption
        facts = worth.facts_of_payment(payment, paid.points, paid.redemption_id)
        return action.answer(facts), receipt.replayed

    def _payment(self, caller: Caller, programme: Programme, payment: AccountPayment) -> Hold:
        currency_code, value = programme.value_in(payment.currency_code)
        amount_minor = payment.amount_minor(currency_code)
        account = account_id(programme.pseudonym_key, payment.customer_id)
        # Without the points: sent again, it is the same payment after their value has changed.
        content = {
            "account": account,
            "store_id": payment.store_id,
            "sale_ref": payment.sale_ref,
            "amount_minor": amount_minor,
            "currency_code": currency_code,
        }
        # What a till of another kind would make up and send as its key.
        key = json.dumps(["customer account", content])
        return Hold(
            Actor.of(caller, programme.time_zone, self.now_s(), payment.staff_id),
            account,
            redemption_id(caller.tenant_id, caller.principal, key),
            fingerprint("pay", caller.tenant_id, caller.principal, content),
            points=value.points_for(amount_minor),
            store_id=payment.store_id,
            sale_ref=payment.sale_ref,
            mode=Mode.BURN,
            hold_ttl_s=programme.rules.hold_ttl_s,
            points_label=programme.rules.points_label,
        )

    def _paid(self, payment: Hold) -> Receipt:
        try:
            receipt = self.ledger.settle(payment, payment.redemption_id)
        except RedemptionExists as exists:
            # Too much was asked for before, and the cashier has thought better of it. What was
            # voided is never taken over: a late duplicate would pay for a sale that is off.
            if exists.facts["operation_state"] != State.REJECTED:
                raise
            anew = replace(payment, supersedes=str(exists.facts["operation_ref"]))
            receipt = self.ledger.settle(anew, anew.redemption_id)
        if receipt.redemption.state is State.VOIDED:
            raise RedemptionVoided(
                operation_ref=receipt.redemption.redemption_id,
                operation_state=str(receipt.redemption.state),
            )
        return accepted(receipt)


def _worth(programme: Programme, currency_code: str | None, account: Account | None) -> Worth:
    code, value = programme.value_in(currency_code)
    points = 0 if account is None else account.available
    return Worth(points, value.worth_minor(points), code, enrolled=account is not None)

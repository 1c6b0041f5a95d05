"""What decides about a sale's discounts: the merchant's live campaigns, the counters of those that
are limited, and the customer as far as they ask."""

from dataclasses import dataclass
from datetime import datetime

from tillbridge.domain.applications.counter import Place, counters_of
from tillbridge.domain.applications.offering import Offering
from tillbridge.domain.caller import Caller
from tillbridge.domain.discounts.case import Basket, Case, Customer
from tillbridge.domain.discounts.live import Campaigns
from tillbridge.domain.ledger.keys import account_id
from tillbridge.domain.limitations import Limitation, unusable_campaigns
from tillbridge.domain.limits import Deadline
from tillbridge.errors import RecordUnusable
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.ports import ReadDiscounts, ReadProfile


@dataclass(frozen=True, slots=True)
class Asked:
    """`account` is the customer's pseudonym, None without one; `limitations` are what could not be
    looked at."""

    offering: Offering
    account: str | None
    hold_ttl_s: int
    limitations: tuple[Limitation, ...]


@dataclass(frozen=True, slots=True)
class AskDiscounts:
    read_discounts: ReadDiscounts
    read_profile: ReadProfile
    facts: CustomerFacts

    def __call__(
        self,
        caller: Caller,
        basket: Basket,
        customer: Customer | None,
        as_of: datetime,
        deadline: Deadline,
        sale: str = "",
    ) -> Asked:
        """Sales of one name count in the same place. Raises `TenantError`s and
        `RecordsUnavailable`."""
        discounts = self.read_discounts(caller.tenant_id)
        campaigns, local = discounts.campaigns, discounts.local(as_of)
        limitations = unusable_campaigns(campaigns.unusable)
        account = None
        if basket.channel is None:
            basket = basket.model_copy(update={"channel": caller.channel})
        if customer is not None:
            account = self._account(caller.tenant_id, customer, campaigns)
            needed = campaigns.facts_needed(campaigns.open(basket, local))
            customer, more = self.facts(caller, customer, needed, basket.currency, deadline)
            limitations += more
        case = Case(basket=basket, customer=customer, settings=discounts.settings, as_of=as_of)
        place = Place(caller.tenant_id, account, basket.currency, local, sale)
        counters = counters_of(campaigns.records, place)
        offering = Offering(case, campaigns, counters)
        return Asked(offering, account, discounts.hold_ttl_s, limitations)

    def _account(self, tenant_id: str, customer: Customer, campaigns: Campaigns) -> str | None:
        pseudonym_key = self.read_profile(tenant_id).pseudonym_key
        if pseudonym_key is not None:
            return account_id(pseudonym_key, customer.id)
        if any(limit.scope == "customer" for each in campaigns.records for limit in each.limits):
            raise RecordUnusable(
                "the live profile has no pseudonym_key: campaigns with limits per customer need one"
            )
        return None

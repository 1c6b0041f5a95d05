"""Retries in proportion: a sick system is never sent much more than it was asked."""

from collections import OrderedDict
from dataclasses import dataclass, field

_RETRIES_PER_REQUEST = 0.1
_MAX_SAVED_RETRIES = 5.0
_MAX_BUDGETS = 1_000


@dataclass(slots=True)
class RetryBudget:
    """A token bucket: each request earns a tenth of a retry (T46). The first request of an
    environment can afford one."""

    _retries: float = 1 - _RETRIES_PER_REQUEST

    def earn(self) -> None:
        self._retries = min(self._retries + _RETRIES_PER_REQUEST, _MAX_SAVED_RETRIES)

    def spend(self) -> bool:
        """Take one retry; False when none is left."""
        if self._retries < 1:
            return False
        self._retries -= 1
        return True


@dataclass(slots=True)
class RetryBudgets:
    """One budget per tenant and operation, the least recently used forgotten first."""

    _budgets: OrderedDict[tuple[str, str], RetryBudget] = field(default_factory=OrderedDict)

    def of(self, tenant_id: str, operation: str) -> RetryBudget:
        budget = self._budgets.setdefault((tenant_id, operation), RetryBudget())
        self._budgets.move_to_end((tenant_id, operation))
        if len(self._budgets) > _MAX_BUDGETS:
            self._budgets.popitem(last=False)
        return budget

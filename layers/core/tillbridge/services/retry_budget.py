"""Retries in proportion: a sick system is never sent much more than it was asked."""

from tillbridge.domain.recent import Recent

_RETRIES_PER_REQUEST = 0.1
_MAX_SAVED_RETRIES = 5.0


class RetryBudget:
    """A token bucket: each request earns a tenth of a retry (T46). The first request of an
    environment can afford one."""

    def __init__(self) -> None:
        self._retries = 1 - _RETRIES_PER_REQUEST

    def earn(self) -> None:
        self._retries = min(self._retries + _RETRIES_PER_REQUEST, _MAX_SAVED_RETRIES)

    def spend(self) -> bool:
        """Take one retry; False when none is left."""
        if self._retries < 1:
            return False
        self._retries -= 1
        return True


class RetryBudgets:
    """One budget per tenant and operation."""

    def __init__(self) -> None:
        self._budgets: Recent[tuple[str, str], RetryBudget] = Recent()

    def of(self, tenant_id: str, operation: str) -> RetryBudget:
        budget = self._budgets.get((tenant_id, operation))
        if budget is None:
            budget = RetryBudget()
            self._budgets.put((tenant_id, operation), budget)
        return budget

"""A merchant's own loyalty system, asked from the command line as the functions ask it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tillbridge.adapters.ledger_table import LedgerTable
from tillbridge.domain.ledger.find import Find
from tillbridge.domain.ledger.keys import MANUAL_SHARD
from tillbridge.domain.ledger.redemption import Redemption, id_in
from tillbridge.domain.upstream.programme import UpstreamProgramme
from tillbridge.services.credentials import Credentials
from tillbridge.services.ledger import Ledger
from tillbridge.services.loyalty_calls import LoyaltyCalls
from tillbridge.services.ports import ReadIntegration
from tillbridge.services.tenant_system import TenantSystem
from tools.tillctl.environments import Environment

# Sorts after every instant.
_ALWAYS = "9999"


@dataclass(frozen=True)
class UpstreamLoyalty:
    ledger: Ledger
    table: LedgerTable
    programme: UpstreamProgramme
    calls: LoyaltyCalls

    def waiting(self, tenant_id: str) -> Iterator[Redemption]:
        """The tenant's redemptions that only a person can go on with, the oldest first."""
        for due in self.table.due(MANUAL_SHARD, _ALWAYS):
            whose, redemption_id = id_in(due.key)
            if whose == tenant_id:
                yield self.find(tenant_id, redemption_id)

    def find(self, tenant_id: str, redemption_id: str) -> Redemption:
        """Raises `RedemptionNotFound`."""
        return self.ledger.settle(Find(tenant_id, redemption_id)).redemption


def loyalty_calls(environment: Environment, read_integration: ReadIntegration) -> LoyaltyCalls:
    # It loads requests, for which no other command should wait.
    from tillbridge.adapters.outbound_http import OutboundHttp

    http = OutboundHttp(allowed_private_origins=environment.allowed_private_origins)
    credentials = Credentials(environment.read_secret(), http.send)
    return LoyaltyCalls(read_integration, TenantSystem(http.send, credentials))

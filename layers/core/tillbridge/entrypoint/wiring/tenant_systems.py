"""What asks the tenants' systems: secrets, and one way out."""

from functools import cache

from tillbridge.adapters.outbound_http import OutboundHttp
from tillbridge.adapters.secrets import Secrets, secrets_manager_client
from tillbridge.entrypoint.observability import count_drift
from tillbridge.entrypoint.settings import settings
from tillbridge.services.credentials import Credentials
from tillbridge.services.tenant_system import TenantSystem


@cache
def tenant_system() -> TenantSystem:
    secrets = Secrets(secrets_manager_client(), settings().secrets_prefix)
    http = OutboundHttp(allowed_private_origins=settings().allowed_private_origins)
    return TenantSystem(http.send, Credentials(secrets.read, http.send), count_drift=count_drift)

"""From a Shopify session token to the caller it stands for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tillbridge.domain.caller import Caller
from tillbridge.domain.session_token import SessionToken
from tillbridge.domain.shop import CHANNEL
from tillbridge.errors import Unauthorized
from tillbridge.services.app_signatures import AppSignatures

# The authorizer is a second cold start before the first answer: the ports bring pydantic along.
if TYPE_CHECKING:
    from tillbridge.services.ports import ReadShop


@dataclass(frozen=True, slots=True)
class SessionTokens:
    """The shop in a token selects the tenant, by what the operator wrote of that shop; and the
    app, whose client id and secret the token must fit."""

    read_shop: "ReadShop"
    signatures: AppSignatures

    def __call__(self, text: str) -> Caller:
        """Raises `Unauthorized` for whatever is wrong with a token; `RecordUnusable`,
        `SecretUnavailable` or `RecordsUnavailable` when it cannot be told."""
        token = SessionToken.parse(text)
        if token is None:
            raise Unauthorized
        shop, remembered = self.read_shop(token.shop)
        if shop is None:
            raise Unauthorized
        client_id = shop.client_id
        if not self.signatures.verified(client_id, lambda s: token.signed_with(s, client_id)):
            raise Unauthorized
        return Caller(
            tenant_id=shop.tenant_id,
            principal=shop.domain,
            scopes=shop.scopes,
            channel=CHANNEL,
            expires_at_s=token.expires_at_s,
            degraded=remembered,
        )

"""What Shopify signs with an app's client secret: session tokens and webhooks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tillbridge.errors import SecretUnavailable

# The authorizer is a second cold start before the first answer: the ports bring pydantic along.
if TYPE_CHECKING:
    from tillbridge.services.ports import ReadAppSecrets


@dataclass(frozen=True, slots=True)
class AppSignatures:
    """Two secrets are live while an app's is rotated; a rotation that is not known yet shows as a
    signature that neither makes, and then they are read anew."""

    read_secrets: "ReadAppSecrets"

    def verified(self, client_id: str, is_signed_with: Callable[[str], bool]) -> bool:
        """Whether it is signed with one of the app's live secrets. Raises as `ReadAppSecrets`, and
        `SecretUnavailable` for an app that has none."""
        tried: set[str] = set()
        for anew in (False, True):
            for secret in self.read_secrets(client_id, anew=anew):
                if secret not in tried and is_signed_with(secret):
                    return True
                tried.add(secret)
        if not tried:
            raise SecretUnavailable("the shop's app has no client secret in this deployment")
        return False

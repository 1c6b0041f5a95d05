"""Whether a record may go live: its schema and expressions, its secrets, and its own examples."""

from collections.abc import Iterator
from typing import Any

from tillbridge.domain.examples import failed_examples
from tillbridge.domain.integration import Integration
from tillbridge.domain.integration_record import ClientCredentialsAuth, IntegrationRecord
from tillbridge.domain.secret_detection import secrets_in
from tillbridge.domain.target import check_url, origin_of
from tillbridge.errors import AddressRefused, RecordUnusable


def faults_of(
    stored: dict[str, Any], allowed_private_origins: frozenset[str] = frozenset()
) -> list[str]:
    """One line for each reason why the record must not go live; none when it may."""
    try:
        integration = Integration.load(stored)
    except RecordUnusable as unusable:
        return [unusable.detail]
    return [
        *_refused_urls(integration.record, allowed_private_origins),
        *(
            f"{path}: this looks like a secret; store it in Secrets Manager and name it in `auth`"
            for path in secrets_in(stored)
        ),
        *failed_examples(integration),
    ]


def _refused_urls(
    record: IntegrationRecord, allowed_private_origins: frozenset[str]
) -> Iterator[str]:
    urls = {"request.url": origin_of(record.request.url)}
    if isinstance(record.auth, ClientCredentialsAuth):
        urls["auth.token_url"] = record.auth.token_url
    for path, url in urls.items():
        try:
            check_url(url, allowed_private_origins)
        except AddressRefused as refused:
            yield f"{path}: {refused.detail}"

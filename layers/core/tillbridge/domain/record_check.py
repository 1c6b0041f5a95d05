"""Whether a record may go live: its schema and expressions, its secrets, and its own examples."""

from typing import Any

from tillbridge.domain.examples import failed_examples
from tillbridge.domain.integration import Integration
from tillbridge.domain.secret_detection import secrets_in
from tillbridge.errors import RecordUnusable


def faults_of(stored: dict[str, Any]) -> list[str]:
    """One line for each reason why the record must not go live; none when it may."""
    try:
        integration = Integration.load(stored)
    except RecordUnusable as unusable:
        return [unusable.detail]
    return [
        *(
            f"{path}: this looks like a secret; store it in Secrets Manager and name it in `auth`"
            for path in secrets_in(stored["request"])
        ),
        *failed_examples(integration),
    ]

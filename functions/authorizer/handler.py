"""The authorizer: a credential to the tenant, the scopes and the principal that it stands for."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.entrypoint.authorizer import authorize, deny
from tillbridge.entrypoint.observability import logger
from tillbridge.entrypoint.wiring.authorizer import authenticate
from tillbridge.errors import PosUserNotPermitted, Unauthorized


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    try:
        answer = authorize(event, authenticate())
    except Unauthorized:
        logger.info("refused a credential")
        # The one text that API Gateway turns into a 401.
        raise Exception("Unauthorized") from None  # noqa: TRY002
    except PosUserNotPermitted:
        logger.info("refused a Shopify user without permission")
        return deny(event)
    logger.info("accepted a credential", principal=answer["principalId"])
    return answer

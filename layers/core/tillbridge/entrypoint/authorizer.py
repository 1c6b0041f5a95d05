"""The authorizer's side of API Gateway: a credential in, a policy and a context out."""

from typing import TYPE_CHECKING, Any

from tillbridge.domain.caller import Caller

# Every function reads its callers by this.
if TYPE_CHECKING:
    from tillbridge.services.authenticate import Authenticate


def authorize(event: dict[str, Any], authenticate: "Authenticate") -> dict[str, Any]:
    """The answer to a REQUEST authorizer event. Raises as `Authenticate` does."""
    headers = event.get("headers") or {}
    authorization = next(
        (value for name, value in headers.items() if name.lower() == "authorization"), ""
    )
    caller = authenticate(authorization)
    principal = f"{caller.tenant_id}/{caller.principal}"
    return _answer("Allow", event["methodArn"], principal, _context(caller))


def deny(event: dict[str, Any]) -> dict[str, Any]:
    """The answer for `PosUserNotPermitted`: API Gateway has one response for what an authorizer
    raises, and another one for a policy that denies, which says this and nothing else."""
    return _answer("Deny", event["methodArn"], "nobody", {})


def _answer(
    effect: str, method_arn: str, principal: str, context: dict[str, str]
) -> dict[str, Any]:
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": effect,
        "Resource": _whole_stage(method_arn),
    }
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }


def _whole_stage(method_arn: str) -> str:
    """API Gateway remembers the policy for the credential, not for the route: it covers them all,
    and the routes check the scopes."""
    api, stage, *_ = method_arn.split("/")
    return f"{api}/{stage}/*/*"


def _context(caller: Caller) -> dict[str, str]:
    """The caller as strings, which is all that a context may hold."""
    context = {
        "tenant_id": caller.tenant_id,
        "principal": caller.principal,
        "scopes": " ".join(sorted(caller.scopes)),
        "channel": caller.channel,
    }
    if caller.expires_at_s is not None:
        context["expires_at_s"] = str(caller.expires_at_s)
    if caller.degraded:
        context["degraded"] = "true"
    return context


def caller_of(context: dict[str, Any]) -> Caller:
    """The caller that a request's authorizer context stands for."""
    expires_at_s = context.get("expires_at_s")
    return Caller(
        tenant_id=context["tenant_id"],
        principal=context["principal"],
        scopes=frozenset(context["scopes"].split()),
        channel=context["channel"],
        expires_at_s=int(expires_at_s) if expires_at_s else None,
        degraded=context.get("degraded") == "true",
    )

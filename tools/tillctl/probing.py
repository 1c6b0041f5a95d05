"""`tillctl probe`: what a merchant's loyalty system promises, tried before its tills rely on it."""

import secrets
from collections.abc import Iterable
from typing import Annotated

import typer
from pydantic import ValidationError

from tillbridge.domain.faults import faults_in
from tillbridge.domain.integration import Integration
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord
from tillbridge.errors import NotConfigured, TillbridgeError
from tillbridge.services.probe_loyalty import Finding, ProbeLoyalty
from tools.tillctl import screen
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.keys import Tenant
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.upstream import loyalty_calls

PROGRAM = "PROGRAM"


@in_environment()
def probe(
    environment: Environment,
    tenant: Tenant,
    customer: Annotated[
        str, typer.Option(help="A customer of the sandbox, with more points than --points.")
    ],
    points: Annotated[int, typer.Option(min=1, help="How many points are moved.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Try what a loyalty programme's record promises, with its drafts, or what is live.

    It moves points of the customer and gives them back: name one who is there for that."""
    check_tenant_id(tenant)
    rules = _rules(environment, tenant)

    def read_integration(tenant_id: str, operation: str) -> Integration:
        return _integration(environment, tenant_id, operation)

    calls = loyalty_calls(environment, read_integration)
    # No system has seen it before, and any takes it.
    reference = f"probe-{secrets.token_hex(8)}"
    trying = ProbeLoyalty(calls, rules, tenant, customer, points, reference)
    try:
        findings = list(_shown(trying(), as_json))
    except TillbridgeError as error:
        raise Failure(f"{error.detail}.", f"{error.code}: {error.facts}", Exit.SAYS_NO) from None
    holds = all(finding.holds for finding in findings)
    if as_json:
        found = [
            {"promise": each.promise, "holds": each.holds, "detail": each.detail}
            for each in findings
        ]
        screen.print_json({"reference": reference, "holds": holds, "findings": found})
    elif holds:
        screen.done(f"{tenant}: the system keeps what its record promises")
    else:
        screen.refused(f"{tenant}: do not let this go live. Its calls begin with {reference}")
    raise typer.Exit(Exit.OK if holds else Exit.SAYS_NO)


def _shown(findings: Iterable[Finding], as_json: bool) -> Iterable[Finding]:
    """Each as soon as it is known: a slow system is waited for."""
    for finding in findings:
        if not as_json:
            show = screen.done if finding.holds else screen.refused
            show(finding.promise)
            screen.note(f"  {finding.detail}")
        yield finding


def _rules(environment: Environment, tenant: str) -> UpstreamProgrammeRecord:
    store = environment.store
    content = store.draft(tenant, PROGRAM) or store.live(tenant, PROGRAM)
    if content is None or content.get("provider") != "http":
        message = f"{tenant} has no loyalty programme that its own system keeps."
        raise Failure(message, "Write PROGRAM with provider http first.", Exit.SAYS_NO)
    try:
        return UpstreamProgrammeRecord.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(map(str, faults_in(error, content)))
        raise Failure(f"PROGRAM is wrong: {faults}.", "", Exit.SAYS_NO) from None


def _integration(environment: Environment, tenant: str, operation: str) -> Integration:
    """The draft, since that is what is to go live; what is live, where there is none."""
    name = f"INTEGRATION#{operation}"
    content = environment.store.draft(tenant, name) or environment.store.live(tenant, name)
    if content is None:
        raise NotConfigured(f"there is no record for {operation}", operation=operation)
    return Integration.load(dict(content))

"""Every way to fail, as one tree: a class per code, each with its HTTP status and its words.

::

    TillbridgeError
    ├── CallerError           the till's request is at fault
    │   ├── InvalidRequest, RequestTooLarge
    │   ├── Unauthorized, PosUserNotPermitted, ScopeMissing
    │   ├── RouteNotFound, TooManyRequests
    │   ├── IdempotencyKeyMissing, IdempotencyMismatch, IdempotencyInFlight
    │   └── CustomerNotFound
    ├── LoyaltyError          the ledger's rules say no, and nothing has moved
    │   ├── NotEnrolled, InsufficientPoints, CurrencyMismatch, RewardNotAvailable
    │   ├── RedemptionNotFound, RedemptionExists, RedemptionVoided, RedemptionCaptured
    │   ├── RedemptionClosed, RedemptionSuperseded, RedemptionUnknown, PointsRefused
    │   ├── NothingToResolve
    │   ├── NotRefundable
    │   ├── AccrualNotFound, NotReversible
    │   ├── ApplicationNotFound, ApplicationExists, ApplicationVoided, ApplicationCaptured
    │   ├── ApplicationClosed, ApplicationSuperseded, DiscountsChanged, NotReturnable
    │   └── TooManyLimits, PointsApart
    ├── TenantError           the merchant's record is at fault: nothing the till can change
    │   ├── TenantSuspended, NotConfigured, RecordUnusable
    │   └── SecretUnavailable, SecretNotBound, AddressRefused, CallLoop
    ├── UpstreamError         the merchant's own system is at fault
    │   ├── UpstreamTimeout, UpstreamUnreachable, UpstreamTlsFailed
    │   ├── UpstreamFailed, UpstreamUnauthorized, UpstreamThrottled, UpstreamRejected
    │   ├── UpstreamRedirected, UpstreamTruncated, UpstreamTooLarge, UpstreamUnreadable
    │   └── AnswerUnmappable, CustomerAmbiguous, OutcomeUnknown
    └── ServiceError          we are at fault
        ├── RecordsUnavailable, ServiceTimeout, InternalError
        └── LedgerInconsistent, Undecided

The leaves are the catalogue: problem bodies (RFC 9457), `docs/errors.md` and the OpenAPI document
are made from them. A class's docstring is what the docs say of the code; `detail` and the facts of
an instance go out to the caller: they never hold a secret, personal data or an upstream's own text.
"""

from typing import ClassVar


class TillbridgeError(Exception):
    """The root. Catch it at the edge; raise only leaves."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    cashier_message: ClassVar[str]
    retryable: ClassVar[bool] = False
    # For what moves points: whether it is certain that nothing was done under this key, so that
    # another does it once. The same with the same key again is safe always, and helps when
    # `retryable`.
    safe_new_key: ClassVar[bool] = False

    def __init__(
        self,
        detail: str | None = None,
        *,
        retry_after_s: int | None = None,
        replayed: bool = False,
        **facts: str | int | list[str],
    ) -> None:
        """`detail` is for the integrator; `retry_after_s` is sent as `Retry-After`; `replayed`: an
        earlier request with the same key was refused so."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after_s = retry_after_s
        self.replayed = replayed
        self.facts = facts

    @property
    def words(self) -> str:
        """What the cashier is told of this one."""
        return self.cashier_message


class CallerError(TillbridgeError):
    """The till's request is at fault."""


class InvalidRequest(CallerError):
    """A parameter, header or body is missing, malformed or repeated; `field` names it."""

    code = "invalid_request"
    safe_new_key = True
    status = 400
    title = "The request is not valid"
    cashier_message = "This could not be understood. Check what was typed and try again."


class RequestTooLarge(CallerError):
    """The request body is larger than the API takes."""

    code = "request_too_large"
    safe_new_key = True
    status = 413
    title = "The request body is too large"
    cashier_message = "This could not be sent. Ask your support to check the till's set-up."


class Unauthorized(CallerError):
    """The credential is missing, malformed, unknown, expired or revoked; which of these is not
    told."""

    code = "unauthorized"
    status = 401
    title = "The credential was not accepted"
    cashier_message = (
        "This till is not signed in to the customer service. "
        "Ask your support to check its key, or the user's access to the app."
    )


class PosUserNotPermitted(CallerError):
    """A Shopify POS has no session token to send, and sends `null` or `undefined` in its place: the
    Shopify user who is signed in lacks permission for the app, whichever staff member is pinned
    in."""

    code = "pos_user_not_permitted"
    status = 401
    title = "The Shopify user lacks permission for the app"
    cashier_message = (
        "The Shopify user who is signed in may not use this app. "
        "Ask the shop's owner for permission, or sign in as another user."
    )


class ScopeMissing(CallerError):
    """The credential is good but does not carry the scope that the route needs; `scope` names
    it."""

    code = "scope_missing"
    status = 403
    title = "The credential does not allow this"
    cashier_message = "This till is not allowed to do that. Ask your support to check its key."


class RouteNotFound(CallerError):
    """There is no such path, or the path does not take this method."""

    code = "route_not_found"
    status = 404
    title = "There is no such route"
    cashier_message = "This till asks for something unknown. Ask your support to check its set-up."


class TooManyRequests(CallerError):
    """More requests than the API takes at once."""

    code = "too_many_requests"
    status = 429
    title = "Too many requests"
    cashier_message = "The customer service is busy. Wait a moment and try again."
    retryable = True


class IdempotencyKeyMissing(CallerError):
    """The route moves points and needs an `Idempotency-Key`: make one up and store it before you
    send, so that the same request can be sent again."""

    code = "idempotency_key_missing"
    safe_new_key = True
    status = 400
    title = "The Idempotency-Key is missing"
    cashier_message = (
        "This till did not say which sale it means. Ask your support to check its set-up."
    )


class IdempotencyMismatch(CallerError):
    """The same key, order or return came before with another content: that decision stands. Use a
    new key for another request."""

    code = "idempotency_mismatch"
    status = 422
    title = "The same key was used for something else"
    cashier_message = "This was already done with other values. Check the sale before you go on."


class IdempotencyInFlight(CallerError):
    """The same request with the same key is being worked on: send it again in a moment."""

    code = "idempotency_in_flight"
    status = 409
    title = "The same request is being worked on"
    cashier_message = "This is being done already. Wait a moment and try again."
    retryable = True


class CustomerNotFound(CallerError):
    """The merchant's system says that there is no such customer."""

    code = "customer_not_found"
    safe_new_key = True
    status = 404
    title = "There is no such customer"
    cashier_message = "Unable to process - customer not found. Search for the customer again."


class LoyaltyError(TillbridgeError):
    """The ledger's rules say no, and nothing has moved."""

    status = 409


class NotEnrolled(LoyaltyError):
    """The customer has no points account yet: it begins with the first points."""

    code = "not_enrolled"
    safe_new_key = True
    title = "The customer has no points account"
    cashier_message = (
        "Unable to process - this customer does not collect points yet. Continue without points."
    )


class InsufficientPoints(LoyaltyError):
    """The customer has fewer points than that; `available` says how many."""

    code = "insufficient_points"
    safe_new_key = True
    title = "There are not enough points"
    cashier_message = "Unable to process - there are not enough points. Continue without points."

    @property
    def words(self) -> str:
        """With what is needed and what is there, where that is known (S15)."""
        if not {"points", "available"} <= self.facts.keys():
            return self.cashier_message
        return (
            "Unable to process - {points} points are needed, {available} are there. "
            "Continue without points."
        ).format_map(self.facts)


class CurrencyMismatch(LoyaltyError):
    """The programme does not say what points are worth in this currency; `currency` names it."""

    code = "currency_mismatch"
    safe_new_key = True
    title = "Points have no value in this currency"
    cashier_message = (
        "Unable to process - points cannot be used in this currency. Continue without points."
    )


class RewardNotAvailable(LoyaltyError):
    """The customer cannot have this reward in this sale: `reason` says why (docs/programme.md), the
    other facts what would have to be otherwise."""

    code = "reward_not_available"
    safe_new_key = True
    title = "The reward cannot be had"
    cashier_message = "Unable to process - this reward cannot be used. Continue without points."

    @property
    def words(self) -> str:
        """With the reason, where it is known (S15)."""
        if self.detail == self.title:
            return self.cashier_message
        return f"Unable to process - {self.detail[0].lower()}{self.detail[1:]}"


class RedemptionNotFound(LoyaltyError):
    """There is no such redemption of this merchant's."""

    code = "redemption_not_found"
    status = 404
    title = "There is no such redemption"
    cashier_message = "Unable to process - this redemption was not found. Check the sale."


class RedemptionExists(LoyaltyError):
    """The sale already has a redemption of this customer's: `operation_ref` names it. Go on with
    that one while it is held or captured; once it is over, name it in `supersedes`."""

    code = "redemption_exists"
    title = "The sale already has a redemption"
    cashier_message = "Points were already used in this sale. Check the sale before you go on."


class RedemptionVoided(LoyaltyError):
    """The key was voided before the request came. Use a new one if the points are still wanted."""

    code = "redemption_voided"
    safe_new_key = True
    title = "The redemption was voided before"
    cashier_message = "This was already cancelled. Check the sale and start again."


class RedemptionCaptured(LoyaltyError):
    """The points are spent, and the sale is done: give them back with a refund."""

    code = "redemption_captured"
    title = "The redemption is captured"
    cashier_message = "The points are already spent. Check the sale and give them back as a return."


class RedemptionClosed(LoyaltyError):
    """The redemption was voided or rejected: there is nothing to capture."""

    code = "redemption_closed"
    title = "The redemption is closed"
    cashier_message = "No points were used in this sale. Check the sale and take the discount off."


class RedemptionSuperseded(LoyaltyError):
    """The hold has expired, and another redemption has taken its place in the sale."""

    code = "redemption_superseded"
    title = "Another redemption has taken this one's place"
    cashier_message = (
        "Another till has used points in this sale. Check the sale and take this discount off."
    )


class RedemptionUnknown(LoyaltyError):
    """The merchant's system has not said yet whether it has taken the points: nothing can be
    captured. Ask for the redemption's state until it is known, or void it."""

    code = "redemption_unknown"
    title = "It is not known yet whether the points were taken"
    cashier_message = (
        "It is not known yet whether the points were taken. Wait a moment and try again."
    )
    retryable = True


class NothingToResolve(LoyaltyError):
    """The redemption waits for no person: what is open of it becomes known by itself."""

    code = "nothing_to_resolve"
    title = "There is nothing to resolve by hand"
    cashier_message = "There is nothing to do by hand. Check the sale."


class PointsRefused(LoyaltyError):
    """The merchant's own loyalty system has refused, or has certainly not done it; `reason` is what
    its record makes of that. No points have moved, and the refusal stands for this key."""

    code = "points_refused"
    safe_new_key = True
    title = "The loyalty system has refused"
    cashier_message = "Unable to process - the loyalty system has refused. Continue without points."


class NotRefundable(LoyaltyError):
    """More points than the redemption can still give back: `refundable` says how many that are."""

    code = "not_refundable"
    title = "That many points cannot be given back"
    cashier_message = (
        "Unable to process - these points are not there to give back. Check the earlier returns."
    )


class AccrualNotFound(LoyaltyError):
    """The order has earned this customer nothing that could be taken back."""

    code = "accrual_not_found"
    status = 404
    title = "The order has earned no points"
    cashier_message = "Unable to process - this order has earned no points. Check the order."


class NotReversible(LoyaltyError):
    """More points than are left of what the order has earned: `reversible` says how many are."""

    code = "not_reversible"
    title = "That many points cannot be taken back"
    cashier_message = (
        "Unable to process - the points of this order are already taken back. Check the order."
    )


class ApplicationNotFound(LoyaltyError):
    """There is no such application of discounts of this merchant's."""

    code = "application_not_found"
    status = 404
    title = "There is no such application of discounts"
    cashier_message = "Unable to process - these discounts were not found. Check the sale."


class ApplicationExists(LoyaltyError):
    """Discounts are already applied to the sale: `operation_ref` names the application. Go on with
    that one, or name it in `supersedes` to replace it."""

    code = "application_exists"
    title = "Discounts are already applied to the sale"
    cashier_message = "This sale has discounts already. Check the sale before you go on."


class ApplicationVoided(LoyaltyError):
    """The key was voided before the request came. Use a new one if the discounts are still
    wanted."""

    code = "application_voided"
    safe_new_key = True
    title = "The application of discounts was voided before"
    cashier_message = "This was already cancelled. Check the sale and start again."


class ApplicationCaptured(LoyaltyError):
    """The sale is done: what comes back of it is returned."""

    code = "application_captured"
    title = "The application of discounts is captured"
    cashier_message = "This sale is already paid. Check the sale and take goods back as a return."


class ApplicationClosed(LoyaltyError):
    """The application is in a state in which this cannot be done: `operation_state` says which. One
    that was voided or rejected cannot be captured, and only one that is captured can be returned
    of."""

    code = "application_closed"
    title = "The application of discounts is in another state"
    cashier_message = "Unable to process - the sale has moved on. Check the discounts that it has."


class ApplicationSuperseded(LoyaltyError):
    """The hold has expired, and another application has taken its place in the sale."""

    code = "application_superseded"
    title = "Another application of discounts has taken this one's place"
    cashier_message = (
        "Another till has changed the discounts of this sale. Check the sale and take these off."
    )


class DiscountsChanged(LoyaltyError):
    """The sale would cost more than the customer was told: nothing is held. `total_minor` is what
    it costs now, `exhausted` names the campaigns whose limits have been reached. Tell the customer,
    and apply anew with that total and this application in `supersedes`."""

    code = "discounts_changed"
    safe_new_key = True
    title = "The discounts have changed"
    cashier_message = "A discount is no longer there. Ask the customer about the new price."


class NotReturnable(LoyaltyError):
    """More of a line comes back than is left of it; the detail says of which."""

    code = "not_returnable"
    title = "That much cannot be returned"
    cashier_message = (
        "Unable to process - these goods are not there to give back. Check the earlier returns."
    )


class TooManyLimits(LoyaltyError):
    """More limits of campaigns would be used up by one sale than can be held together: `limits`
    says how many."""

    code = "too_many_limits"
    safe_new_key = True
    title = "Too many limited campaigns apply to one sale"
    cashier_message = (
        "Unable to process - too many offers apply at once. Ask your support to check them."
    )


class PointsApart(LoyaltyError):
    """The merchant's own system keeps the points: they cannot be held in one step with discounts.
    Nothing was held. Redeem first (`POST /v1/redemptions`), then apply the discounts without
    points, and capture both when the sale is paid."""

    code = "points_apart"
    safe_new_key = True
    title = "Points and discounts cannot be held in one step"
    cashier_message = (
        "Unable to process - points and discounts are used one after the other here. "
        "Try the points first, then the discounts."
    )


class TenantError(TillbridgeError):
    """The merchant's record is at fault: the till can change nothing, the integrator can."""


class TenantSuspended(TenantError):
    """The merchant's profile says `suspended`."""

    code = "tenant_suspended"
    status = 403
    title = "This merchant is suspended"
    cashier_message = (
        "The customer service is switched off for this shop. Continue without a customer."
    )


class NotConfigured(TenantError):
    """The merchant has no live, enabled record for the operation; `operation` names it."""

    code = "not_configured"
    status = 501
    title = "This operation is not set up for this merchant"
    cashier_message = "This is not set up for this shop. Continue without it."


class RecordUnusable(TenantError):
    """A stored record does not have the shape that its schema asks for."""

    code = "record_unusable"
    status = 503
    title = "The merchant's record cannot be used"
    cashier_message = (
        "The customer service is not set up right for this shop. Continue without a customer."
    )


class SecretUnavailable(TenantError):
    """The secret that the record names does not exist, or does not hold what a secret must."""

    code = "secret_unavailable"
    status = 503
    title = "The secret that the record names cannot be read"
    cashier_message = (
        "The customer service is not set up right for this shop. Continue without a customer."
    )


class SecretNotBound(TenantError):
    """The secret may not be sent to the origin that the record names: bind it, or mend the URL."""

    code = "secret_not_bound"
    status = 503
    title = "The secret is not bound to this origin"
    cashier_message = (
        "The customer service is not set up right for this shop. Continue without a customer."
    )


class AddressRefused(TenantError):
    """The record's URL names, or its host resolves to, an address that is never called."""

    code = "address_refused"
    status = 502
    title = "The customer system's address is not allowed"
    cashier_message = (
        "The customer service is not set up right for this shop. Continue without a customer."
    )


class CallLoop(TenantError):
    """The record's URL leads back to this gateway."""

    code = "call_loop"
    status = 508
    title = "The customer system's address is this gateway"
    cashier_message = (
        "The customer service is not set up right for this shop. Continue without a customer."
    )


class UpstreamError(TillbridgeError):
    """The merchant's own system is at fault."""

    status = 502


class UpstreamTimeout(UpstreamError):
    """The merchant's system did not answer in time."""

    code = "upstream_timeout"
    status = 504
    title = "The customer system did not answer in time"
    cashier_message = "The customer system is slow. Try once more, or continue without a customer."
    retryable = True


class UpstreamUnreachable(UpstreamError):
    """No connection: the name does not resolve, the connection was refused or broke before an
    answer."""

    code = "upstream_unreachable"
    title = "The customer system cannot be reached"
    cashier_message = (
        "The customer system cannot be reached. Try once more, or continue without a customer."
    )
    retryable = True


class UpstreamTlsFailed(UpstreamError):
    """The system's certificate is not valid for its name, or no TLS 1.2 connection could be
    made."""

    code = "upstream_tls_failed"
    title = "No secure connection to the customer system"
    cashier_message = (
        "The customer system's connection is not safe. "
        "Continue without a customer and tell your support."
    )


class UpstreamFailed(UpstreamError):
    """The system answered with a server error (5xx); `upstream_status` says which."""

    code = "upstream_failed"
    title = "The customer system failed"
    cashier_message = (
        "The customer system has a fault. Try once more, or continue without a customer."
    )
    retryable = True


class UpstreamUnauthorized(UpstreamError):
    """The system refused our credential (401 or 403): the stored secret is wrong, expired or lacks
    rights."""

    code = "upstream_unauthorized"
    title = "The customer system refused the stored credential"
    cashier_message = (
        "The customer system refuses access. Continue without a customer and tell your support."
    )


class UpstreamThrottled(UpstreamError):
    """The system limits our rate (429); `Retry-After` repeats its own."""

    code = "upstream_throttled"
    status = 503
    title = "The customer system is limiting requests"
    cashier_message = "The customer system is busy. Wait a moment and try again."
    retryable = True


class UpstreamRejected(UpstreamError):
    """The system refused the request itself: another 4xx, or an outcome rule that says
    `rejected`."""

    code = "upstream_rejected"
    title = "The customer system rejected the request"
    cashier_message = (
        "The customer system did not accept this. "
        "Check what was typed, or continue without a customer."
    )


class UpstreamRedirected(UpstreamError):
    """The system answered with a redirect, which is never followed: put the final URL in the
    record."""

    code = "upstream_redirected"
    title = "The customer system has moved"
    cashier_message = (
        "The customer system has moved. Continue without a customer and tell your support."
    )


class UpstreamTruncated(UpstreamError):
    """The answer ended before its announced length."""

    code = "upstream_truncated"
    title = "The customer system's answer broke off"
    cashier_message = (
        "The customer system's answer broke off. Try once more, or continue without a customer."
    )
    retryable = True


class UpstreamTooLarge(UpstreamError):
    """The answer is larger, deeper or longer than is read."""

    code = "upstream_too_large"
    title = "The customer system's answer is too large"
    cashier_message = "Too much was found. Search for something more exact."


class UpstreamUnreadable(UpstreamError):
    """The answer is not in the record's format: an HTML page, broken JSON or XML, a wrong
    encoding."""

    code = "upstream_unreadable"
    title = "The customer system's answer cannot be read"
    cashier_message = (
        "The customer system gave an unreadable answer. "
        "Continue without a customer and tell your support."
    )


class AnswerUnmappable(UpstreamError):
    """The answer was read, but the record's mapping makes nothing usable of it."""

    code = "answer_unmappable"
    title = "The customer system's answer does not fit the mapping"
    cashier_message = (
        "The customer system's answer could not be used. "
        "Continue without a customer and tell your support."
    )


class OutcomeUnknown(UpstreamError):
    """The merchant's system was sent this and gave no answer that says what became of it. Look
    there before it is sent with another key."""

    code = "outcome_unknown"
    title = "It is not known what the customer system has done"
    cashier_message = (
        "It is not known whether this was done. Check the customer system before you try again."
    )


class CustomerAmbiguous(UpstreamError):
    """The merchant's system knows several customers by the one id of Shopify's."""

    code = "customer_ambiguous"
    safe_new_key = True
    title = "Several customers have this Shopify id"
    cashier_message = (
        "Unable to process - several customers are linked to this one in Shopify. "
        "Ask your support to merge them."
    )


class ServiceError(TillbridgeError):
    """We are at fault."""


class RecordsUnavailable(ServiceError):
    """Our own store does not answer, and nothing recent enough is remembered."""

    code = "records_unavailable"
    status = 503
    title = "The service cannot read its records"
    cashier_message = (
        "The customer service is not available. "
        "Try again in a moment, or continue without a customer."
    )
    retryable = True


class ServiceTimeout(ServiceError):
    """We did not answer in time."""

    code = "service_timeout"
    status = 504
    title = "The service did not answer in time"
    cashier_message = "The customer service is slow. Try once more, or continue without a customer."
    retryable = True


class InternalError(ServiceError):
    """A fault of ours that has no code of its own; the request id finds it in the log."""

    code = "internal_error"
    status = 500
    title = "The service has a fault"
    cashier_message = (
        "The customer service has a fault. Try once more, or continue without a customer."
    )
    retryable = True


class LedgerInconsistent(ServiceError):
    """An account's numbers cannot be: nothing is done on it until a person has looked."""

    code = "ledger_inconsistent"
    status = 500
    title = "The customer's points account has a fault"
    cashier_message = (
        "This customer's points account has a fault. Continue without points and tell your support."
    )


class Undecided(ServiceError):
    """It cannot be told whether this was done. Send the same request with the same key again: it
    is done once. A new key might do it twice."""

    code = "undecided"
    status = 503
    title = "The outcome is not known yet"
    cashier_message = "The points service is busy. Try once more: the points are used only once."
    retryable = True


def catalogue() -> list[type[TillbridgeError]]:
    """Every leaf of the tree, in the order of this module."""

    def leaves(error: type[TillbridgeError]) -> list[type[TillbridgeError]]:
        children = error.__subclasses__()
        return [leaf for child in children for leaf in leaves(child)] if children else [error]

    return leaves(TillbridgeError)

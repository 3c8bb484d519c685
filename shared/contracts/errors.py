"""The errors that callers can get, each with a stable code, a message to act on, and details."""

from typing import Any, ClassVar


class PortalError(Exception):
    """A refusal that reaches the caller as it is.

    `code` is stable and meant for programs, `message` for people; `details` is JSON-ready.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class ValidationFailed(PortalError):
    """The call's arguments do not fit; `fields` maps each field to its messages."""

    code = "validation_failed"

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(
            "Some values are missing or wrong: " + ", ".join(sorted(fields)) + ".", fields=fields
        )
        self.fields = fields


class MalformedRequest(PortalError):
    """The message itself is no call: not JSON, too large, or without `args` and `kwargs`."""

    code = "malformed_request"


class MethodNotFound(PortalError):
    code = "method_not_found"

    def __init__(self, method: str) -> None:
        super().__init__(
            f"There is no method {method!r}; check its name against the contract.", method=method
        )


class NotFound(PortalError):
    """There is no such thing, or it is not the caller's: both read the same."""

    code = "not_found"

    def __init__(self, what: str) -> None:
        super().__init__(f"No such {what}; it may have been removed.", what=what)


class Unauthenticated(PortalError):
    code = "unauthenticated"

    def __init__(self, message: str = "Sign in and try again.") -> None:
        super().__init__(message)


class TooManyAttempts(PortalError):
    """Wrong passwords in a row, or more calls than one caller may send; `retry_after` is in seconds."""

    code = "too_many_attempts"

    def __init__(self, retry_after: float) -> None:
        super().__init__(
            f"Too many attempts; wait {max(1, round(retry_after))} seconds and try again.",
            retry_after=retry_after,
        )


class Forbidden(PortalError):
    code = "forbidden"

    def __init__(self, message: str = "This account may not do that.") -> None:
        super().__init__(message)


class Conflict(PortalError):
    """Somebody else was faster, or the same name was used for another thing."""

    code = "conflict"


class InvalidTransition(PortalError):
    """What is asked for does not fit the state that the thing is in."""

    code = "invalid_transition"


class DeadlineExceeded(PortalError):
    code = "deadline_exceeded"

    def __init__(self, message: str = "The answer did not come in time; try again.", **details: Any) -> None:
        super().__init__(message, **details)


class Unavailable(PortalError):
    code = "unavailable"

    def __init__(
        self, message: str = "The service is not available just now; try again in a moment."
    ) -> None:
        super().__init__(message)


class InternalError(PortalError):
    """A fault of ours; the reference leads to the log line that holds the cause."""

    code = "internal_error"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"Something went wrong on our side. Try again, or name the reference {reference} to support.",
            reference=reference,
        )


class ConditionUnmet(PortalError):
    """A condition of inviting is not met; where several are not, `missing` holds the codes of all."""

    text: ClassVar[str]

    def __init__(self, text: str | None = None, **details: Any) -> None:
        super().__init__(text or self.text, **details)


class PortalNotActive(ConditionUnmet):
    code = "portal_not_active"
    text = "The customer portal is switched off; switch the plugin “Kundenportal” on first."


class NoMainContact(ConditionUnmet):
    code = "no_main_contact"
    text = "The company has no main contact; choose one of its contacts as main contact."


class InvalidEmail(ConditionUnmet):
    code = "invalid_email"
    text = "The main contact has no valid e-mail address; enter one."


class NotificationsDisabled(ConditionUnmet):
    code = "notifications_disabled"
    text = "Customer notification is off for the main contact; switch it on at the contact."


class AlreadyActive(PortalError):
    code = "already_active"

    def __init__(self) -> None:
        super().__init__("The main contact already has an account and can sign in.")

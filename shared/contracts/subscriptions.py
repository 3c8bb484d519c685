"""Who inside the portal subscribes to what: queues that must exist before the first event goes out."""

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {
    "invitation": ("main_contact_set", "contact_updated", "contact_removed", "contact_erased"),
    "orders": ("request_accepted",),
    "documents": ("contact_erased",),
    "notifications": (
        "customer_invited",
        "invitation_resent",
        "password_reset_requested",
        "password_changed",
        "request_submitted",
        "request_withdrawn",
        "request_accepted",
        "request_declined",
        "appointment_scheduled",
        "appointment_rescheduled",
        "appointment_cancelled",
        "document_published",
        "offer_accepted",
        "offer_declined",
    ),
}
DEAD = ".dead"


def queue_name(service: str, event_type: str) -> str:
    """The durable queue of a service's subscription."""
    return f"{service}.{event_type}"


def retry_queue(queue: str, seconds: float) -> str:
    """Where a message waits so long that failed in the queue of a subscription."""
    return f"{queue}.retry.{seconds}s"


def dead_queue(queue: str) -> str:
    """Where it lies once it is tried no more."""
    return f"{queue}{DEAD}"

"""Who inside the portal subscribes to what: queues that must exist before the first event goes out."""

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {
    "orders": ("request_accepted",),
}


def queue_name(service: str, event_type: str) -> str:
    """The durable queue of a service's subscription."""
    return f"{service}.{event_type}"

"""The metrics that this process counts as it works; docs/observability.md says what each is good for.

Labels come from a list that is fixed when the process starts: never an id, an address, or what a caller sent.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, ProcessCollector

# From a query in memory to a call that waits for its deadline, in seconds.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
OK = "ok"
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

rpc_requests = Counter(
    "portal_rpc_requests",
    "Calls answered; the outcome is ok or the code of the error.",
    ["service", "method", "outcome"],
    registry=REGISTRY,
)
rpc_duration = Histogram(
    "portal_rpc_duration_seconds",
    "Time from taking a call up to its answer.",
    ["service", "method"],
    buckets=SECONDS,
    registry=REGISTRY,
)
rpc_parked = Counter(
    "portal_rpc_parked",
    "Messages that were no calls, put aside.",
    ["service"],
    registry=REGISTRY,
)
command_conflicts = Counter(
    "portal_command_conflicts",
    "Commands that another one got ahead of, so that they ran again.",
    ["service", "method"],
    registry=REGISTRY,
)
events_handled = Counter(
    "portal_subscription_events",
    "Deliveries to a subscription; the outcome is handled, retried or parked.",
    ["queue", "outcome"],
    registry=REGISTRY,
)
events_unhandled = Gauge(
    "portal_subscription_unhandled_events",
    "Events that were published a minute ago or longer and that the subscription has not handled.",
    ["queue"],
    registry=REGISTRY,
)
events_published = Counter(
    "portal_relay_events_published", "Events that the broker has confirmed.", ["partition"], registry=REGISTRY
)
relay_failures = Counter(
    "portal_relay_failures",
    "Attempts to publish that failed and are repeated.",
    ["partition"],
    registry=REGISTRY,
)
events_projected = Counter(
    "portal_projection_events_applied",
    "Events that were folded and committed.",
    ["projection", "partition"],
    registry=REGISTRY,
)
resyncs = Counter(
    "portal_resyncs", "Resyncs that ended, by their last state.", ["projection", "state"], registry=REGISTRY
)
mails = Counter("portal_mails", "Attempts at a mail, by what became of it.", ["state"], registry=REGISTRY)
http_requests = Counter(
    "portal_http_requests",
    "Requests answered, by the route's pattern.",
    ["method", "route", "status"],
    registry=REGISTRY,
)
http_duration = Histogram(
    "portal_http_duration_seconds",
    "Time from a request until its answer begins.",
    ["method", "route"],
    buckets=SECONDS,
    registry=REGISTRY,
)

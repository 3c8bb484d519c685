"""Which process can be killed where: the failpoints that it comes by under load."""

COMMAND = (
    "unit.before_append",
    "unit.after_append",
    "unit.before_commit",
    "unit.after_commit",
    "rpc.before_answer",
    "rpc.before_acknowledgement",
)
SUBSCRIPTION = (
    "unit.before_commit",
    "unit.after_commit",
    "subscription.before_acknowledgement",
    "subscription.after_acknowledgement",
)
PROJECTION = (
    "projection.after_read",
    "projection.after_rows",
    "projection.after_checkpoint",
    "projection.after_commit",
)
RELAY = (
    "relay.after_read",
    "relay.before_publish",
    "relay.after_publish",
    "relay.after_confirm",
    "relay.after_save",
)
RESYNC = ("renewal.folded", "renewal.written", "renewal.flipped")
REBUILD = (*RESYNC, "rebuild.owner_done")
MAIL = ("notifications.after_claim", "notifications.before_send", "notifications.after_accept")
KILLS = [
    *[("requests", point) for point in COMMAND],
    *[(service, "unit.after_commit") for service in ("customers", "documents", "invitation")],
    *[("orders", point) for point in SUBSCRIPTION],
    *[("notifications", point) for point in (*SUBSCRIPTION, *MAIL)],
    *[("portal_read", point) for point in (*PROJECTION, *RESYNC)],
    *[("relay", point) for point in RELAY],
]

"""Who may do what in the database: a role for each service, the relay and the operator, and the owner of all.

What is not said here is refused. `docs/adr/0059-rights-in-the-database.md` says why it is like this.
"""

from collections.abc import Mapping

from shared.contracts.subscriptions import SUBSCRIPTIONS

PREFIX = "mfr_"
OWNER = "owner"

# Whose streams are whose: who else appends to one is refused.
STREAM_TYPES: Mapping[str, tuple[str, ...]] = {
    "invitation": ("portal", "invitation", "account"),
    "customers": ("provider", "company", "site", "equipment"),
    "requests": ("request",),
    "orders": ("order",),
    "documents": ("document", "attachment"),
    "notifications": ("delivery",),
}

SCHEMAS = ("eventlog", *STREAM_TYPES, "portal_read")

READ = "SELECT"
CHANGE = "SELECT, INSERT, UPDATE, DELETE"

_LOG = {"eventlog.events": READ, "eventlog.partitions": READ, "eventlog.subject_keys": READ}
# Who appends makes the keys of persons who have none yet.
_APPENDS = {"eventlog.subject_keys": "SELECT, INSERT"}
_ERASES = {"eventlog.subject_keys": "SELECT, INSERT, UPDATE (master_key, wrapped_key, erased_at)"}
_COMMANDS = {"eventlog.commands": "SELECT, INSERT, UPDATE (result)"}
_SUBSCRIPTIONS = {
    "eventlog.inbox": "SELECT, INSERT",
    "eventlog.subscriptions": "SELECT, INSERT, UPDATE (position)",
    "eventlog.relay": "SELECT (partition, position)",
}


def _service(name: str, *, commands: bool = True) -> Mapping[str, str]:
    shared = _LOG | (_COMMANDS if commands else {}) | (_SUBSCRIPTIONS if name in SUBSCRIPTIONS else {})
    return shared | (_APPENDS if name in STREAM_TYPES else {}) | {f"{name}.*": CHANGE}


# Process → table → verbs. `schema.*` is all tables of a schema, and of those of its later versions.
RIGHTS: Mapping[str, Mapping[str, str]] = {
    "invitation": _service("invitation"),
    # It destroys the key of who is erased.
    "customers": {**_service("customers"), **_ERASES},
    "requests": _service("requests"),
    "orders": _service("orders"),
    "documents": _service("documents"),
    "notifications": _service("notifications", commands=False),
    "portal_read": _service("portal_read"),
    "relay": _LOG
    | {
        "eventlog.relay": "SELECT, UPDATE",
        # It forgets old ones, and sees nothing but how old they are.
        "eventlog.commands": "SELECT (ctid, recorded_at), UPDATE (recorded_at), DELETE",
    },
    "operator": _LOG
    | {
        "eventlog.writers": READ,
        "eventlog.subject_keys": "SELECT, UPDATE (master_key, wrapped_key)",
        "eventlog.relay": "SELECT, UPDATE (position)",
        "eventlog.inbox": "SELECT, INSERT",
        "eventlog.subscriptions": READ,
        "portal_read.*": CHANGE,
        # What is a person's own is handed out to them.
        "documents.attachments": READ,
        "documents.documents": READ,
        "invitation.accounts": "SELECT (account_id, contact_id)",
        "invitation.sessions": "SELECT (account_id, started_at, used_at)",
    },
}


def role_of(process: str) -> str:
    """The database role of a process, of the operator, or of the owner."""
    return f"{PREFIX}{process}"

"""What `notifications` asks `invitation` for when it writes a mail: secrets, and addresses of accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from services.notifications.domain import NotSent
from shared.contracts.errors import InvalidTransition, NotFound
from shared.contracts.notifications import Skipped
from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now, service_caller
from shared.messaging.client import RpcClient


@dataclass(frozen=True)
class Issued:
    """A secret for one mail; it is kept nowhere but in that mail."""

    token: str
    email: str

    def __repr__(self) -> str:
        return "Issued(…)"


class Accounts:
    """Calls `invitation` as a service, with a token that is signed by the key in the folder `keys`."""

    def __init__(self, client: RpcClient, keys: Path) -> None:
        self._client, self._keys = client, keys

    def invitation_token(self, invitation_id: UUID) -> Issued:
        """The secret of an invitation. Raises NotSent when it is no longer open."""
        with _still_there():
            return _issued(self._call("issue_token", invitation_id=invitation_id))

    def reset_token(self, account_id: UUID) -> Issued:
        """The secret for setting a new password. Raises NotSent when the account is gone."""
        with _still_there():
            return _issued(self._call("issue_reset_token", account_id=account_id))

    def email(self, account_id: UUID) -> str:
        """The address of an account. Raises NotSent when the account is gone."""
        with _still_there():
            return str(self._call("account", account_id=account_id)["email"])

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _call(self, method: str, **arguments: Any) -> Any:
        token = issue(SigningKey.load(self._keys, "services"), service_caller(), now=now())
        return self._client.call("invitation", method, auth_token=token, **arguments)


def _issued(answer: dict[str, str]) -> Issued:
    return Issued(answer["token"], answer["email"])


@contextmanager
def _still_there() -> Iterator[None]:
    try:
        yield
    except (InvalidTransition, NotFound):
        raise NotSent(Skipped.OUTDATED) from None

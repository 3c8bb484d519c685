"""The caller that a token stands for."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.contracts.values import CallerKind


@dataclass(frozen=True, kw_only=True)
class Caller:
    """`company_id` and `contact_id` are a customer's; services and operators belong to no provider.

    `session_id` is the session that the token was given to, where there is one.
    """

    kind: CallerKind
    account_id: UUID
    provider_id: UUID | None = None
    company_id: UUID | None = None
    contact_id: UUID | None = None
    session_id: UUID | None = None

    @property
    def actor(self) -> dict[str, Any]:
        """How the caller is written into the log: ids, no names."""
        return {"kind": self.kind.value, "id": str(self.account_id)}

    @property
    def provider(self) -> UUID:
        """The provider of a customer or a member of staff."""
        if self.provider_id is None:
            raise LookupError(f"a caller of kind {self.kind} has no provider")
        return self.provider_id

    @property
    def company(self) -> UUID:
        """The company of a customer."""
        if self.company_id is None:
            raise LookupError(f"a caller of kind {self.kind} has no company")
        return self.company_id

    @property
    def contact(self) -> UUID:
        """The contact that a customer is."""
        if self.contact_id is None:
            raise LookupError(f"a caller of kind {self.kind} is no contact")
        return self.contact_id

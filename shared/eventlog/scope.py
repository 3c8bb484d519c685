"""Whose streams somebody may reach."""

from dataclasses import dataclass
from typing import ClassVar, Self
from uuid import UUID


@dataclass(frozen=True)
class Scope:
    """A provider's streams, or only one company's of it; without a provider, all."""

    EVERYTHING: ClassVar["Scope"]

    provider_id: UUID | None
    company_id: UUID | None = None

    def admits(self, provider_id: UUID, company_id: UUID | None) -> bool:
        if self.provider_id is not None and provider_id != self.provider_id:
            return False
        return self.company_id is None or company_id == self.company_id

    def within(self, provider_id: UUID) -> Self:
        """The same, narrowed to a provider where it had none."""
        return self if self.provider_id else type(self)(provider_id)


Scope.EVERYTHING = Scope(None)

"""How messages count things."""


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`counted(1, "event")` → `1 event`, `counted(2, "company", "companies")` → `2 companies`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"

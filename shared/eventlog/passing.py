"""What keeps from the log for a while, whatever its events say: no database, or no master key."""

from sqlalchemy.exc import SQLAlchemyError

from shared.identity.master_keys import MasterKeyMissing

PASSING = (SQLAlchemyError, MasterKeyMissing)


def why(error: Exception) -> str:
    """What may be logged of it: a database's error may quote what somebody wrote."""
    return str(error) if isinstance(error, MasterKeyMissing) else type(error).__name__

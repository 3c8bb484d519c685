"""The database's roles, their rights, and their passwords."""

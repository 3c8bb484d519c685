"""How PostgreSQL is reached, and how its schema is brought up to date."""

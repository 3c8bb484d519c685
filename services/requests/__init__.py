"""What customers ask for, and what the provider answers."""

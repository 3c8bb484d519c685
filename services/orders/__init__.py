"""Orders that come from accepted requests, and their appointments."""

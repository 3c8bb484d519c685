"""Who is calling: signed tokens, checked by every service itself."""

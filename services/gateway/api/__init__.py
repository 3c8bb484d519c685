"""The JSON API under /api/v1: the services' methods as HTTP, for programs."""

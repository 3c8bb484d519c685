"""Measurements of the portal beside its peers, on the same servers at the same time."""

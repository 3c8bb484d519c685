"""The customer's view as a projection: `PORTAL`, with all of its folds in place."""

from services.portal_read.folds import PORTAL, customers, documents, orders, requests

__all__ = ["PORTAL", "customers", "documents", "orders", "requests"]

"""Mails to customers and providers, and the ledger of them."""

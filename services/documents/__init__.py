"""Offers, service reports, invoices, attachments, and their files."""

"""The reference gateway: server-rendered pages for customers and for the provider's back office."""

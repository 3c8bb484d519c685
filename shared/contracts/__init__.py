"""The published language: every event and RPC message, declared once, one module a service."""

"""The file store: bytes that are too large for messages, under their owner and their hash."""

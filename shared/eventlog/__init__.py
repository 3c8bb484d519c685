"""The event log: append, load, read in order, publish."""

"""What processes tell of themselves."""

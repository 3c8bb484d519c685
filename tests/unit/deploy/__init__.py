"""What is made at set-up."""

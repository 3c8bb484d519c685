"""What tools find wrong with the code, with what it stands on, and with the running portal."""

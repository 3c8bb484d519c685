"""What a process tells those who watch it: metrics, and whether it lives and can work."""

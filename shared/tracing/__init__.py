"""What is done for one request, as one trace, for whoever collects traces."""

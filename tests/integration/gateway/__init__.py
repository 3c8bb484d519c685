"""The gateway's pages, opened and filled in as a browser does, over the real services."""

"""The customer's view of everything that is theirs: projected from the log, queried by gateways."""

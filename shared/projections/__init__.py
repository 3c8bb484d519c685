"""Read models made from the log: folded by pure functions, kept up to date, built anew."""

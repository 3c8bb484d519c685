"""What the portal holds of a person, for them to take along: as JSON, as files, and as a page to read."""

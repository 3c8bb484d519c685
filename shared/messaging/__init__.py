"""Everything that travels over RabbitMQ: calls, events, and the extensions that carry them."""

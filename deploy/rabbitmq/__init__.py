"""The broker's users: what each may do, and the definitions that tell RabbitMQ so."""

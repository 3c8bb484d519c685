"""The parts of the back office: requests, orders, appointments, companies, documents, settings."""

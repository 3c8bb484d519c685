"""The AsyncAPI 3 document of all exchanges, made of what the contracts declare."""

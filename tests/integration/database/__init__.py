"""Tests of the database connection."""

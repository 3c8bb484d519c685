"""Providers, their customers' companies with contacts, and the companies' sites and equipment."""

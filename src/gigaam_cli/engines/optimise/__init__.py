"""Rewrites a GigaAM model for the machine that it runs on, and keeps the result only if it says the same."""

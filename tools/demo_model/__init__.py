"""Trains the demonstration model from speech that may be redistributed: ``python -m tools.demo_model``."""

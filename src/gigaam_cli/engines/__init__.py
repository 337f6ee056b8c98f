"""Recognisers behind one protocol, their models and their devices."""

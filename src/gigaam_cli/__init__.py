"""Transcribes Russian speech from files and folders with GigaAM."""

__version__ = "0.1.0"

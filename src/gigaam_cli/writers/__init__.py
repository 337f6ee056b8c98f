"""Transcripts as text: one writer a format, all of them pure functions of a transcript."""

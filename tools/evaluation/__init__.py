"""Measures how well ``gigaam transcribe`` hears, places and leaves out words: ``build``, then ``measure``."""

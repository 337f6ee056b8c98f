"""What is recognised and published already: SQLite, one file a machine."""

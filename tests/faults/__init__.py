"""Every fault of docs/reliability.md, with what a run must keep to whatever happens."""

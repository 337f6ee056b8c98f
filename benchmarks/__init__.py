"""How fast gigaam is, and beside what: one module for each figure of docs/performance.md."""

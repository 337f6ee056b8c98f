"""What works on this machine, and what mends the rest. Nothing here is changed by looking at it."""

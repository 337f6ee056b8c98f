"""The menu: what ``gigaam`` is on a terminal. It asks, and then runs the command that a shell would run."""

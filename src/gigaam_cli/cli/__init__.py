"""The command line: the only place that knows click, Rich, exit codes and the terminal."""

"""Where speech is, and how audio is cut into pieces that an engine takes."""

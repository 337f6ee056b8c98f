"""One module for each command; heavy imports stand inside the functions, so that help is quick."""

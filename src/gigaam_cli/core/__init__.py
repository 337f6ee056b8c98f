"""Values, errors, events and settings that every other layer shares."""

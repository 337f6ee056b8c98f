"""The work itself: from inputs to published texts. The only layer that composes the others."""

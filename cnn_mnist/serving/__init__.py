"""A server of exports, as its clients see it: where it is, and what it answers."""

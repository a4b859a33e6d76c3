"""Promises of commonweal, as properties over whole installations."""

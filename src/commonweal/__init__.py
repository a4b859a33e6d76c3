"""commonweal: data sharing agreements that run."""

__version__ = "0.1.0"

"""Tests of the metered path."""

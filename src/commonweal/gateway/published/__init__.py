"""Answers that are published as files: what may be, what is in the file, and which there are.

It writes no file and records nothing; the installation's acts do.
Called by installation and web.
"""

from __future__ import annotations

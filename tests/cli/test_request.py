"""``commonweal request``: made, talked about, declined, granted and taken back at a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

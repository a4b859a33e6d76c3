"""Verdicts name every rule that a number breaks, and every rule that judges has its words."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.protect import JUDGES, judge, lay_out_rows
from commonweal.disclosure.verdicts import _TOLD, verdicts
from tests.disclosure.microdata import *  # noqa: F403

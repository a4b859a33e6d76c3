"""ACRO over a pandas frame: tables with primary suppression, checked as researchers in safe settings do it."""

import logging
import sys

import pandas
from acro import ACRO
from timing import told

frame = pandas.read_parquet(sys.argv[1], columns=["ward", "tenancy", "sex", "arrears"])
logging.disable(logging.CRITICAL)
checked = ACRO(suppress=True)
KEYS = ["ward", "tenancy"]
told(
    {
        "counts by three columns": lambda: checked.crosstab([frame[key] for key in KEYS], frame["sex"]),
        "counts and sums by three columns": lambda: checked.pivot_table(
            frame, index=KEYS, columns=["sex"], values=["arrears"], aggfunc=["count", "sum"]
        ),
    }
)

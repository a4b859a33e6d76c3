"""OpenDP with Polars: counts and sums of a lazy frame under zero-concentrated differential privacy, keys known."""

import sys

import opendp.prelude as dp
import polars as pl
from timing import told

dp.enable_features("contrib")
frame = pl.scan_parquet(sys.argv[1]).select("ward", "tenancy", "sex", "arrears")
KEYS = ["ward", "tenancy", "sex"]
ROWS = frame.select(pl.len()).collect().item()


def released(*what):
    """Ask one question of a fresh budget, so that how long it takes does not depend on what was asked before."""
    context = dp.Context.compositor(
        data=frame,
        privacy_unit=dp.unit_of(contributions=1),
        privacy_loss=dp.loss_of(rho=0.5),
        split_evenly_over=1,
        margins=[dp.polars.Margin(by=KEYS, max_length=ROWS, max_groups=1000, invariant="keys")],
    )
    return context.query().group_by(KEYS).agg(*what).release().collect()


told(
    {
        "counts by three columns": lambda: released(dp.len()),
        "counts and sums by three columns": lambda: released(
            dp.len(), pl.col("arrears").fill_nan(0.0).fill_null(0.0).dp.sum((0.0, 20000.0))
        ),
    }
)

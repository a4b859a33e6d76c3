"""SmartNoise SQL over a pandas frame, as its guide shows it: every answer with differential privacy."""

import sys

import pandas
import snsql
from timing import told

frame = pandas.read_parquet(sys.argv[1], columns=["person_id", "ward", "tenancy", "sex", "arrears"])
text = {"type": "string"}
table = {
    "row_privacy": False, "rows": len(frame), "max_ids": 1, "censor_dims": True,
    "person_id": {"type": "int", "private_id": True}, "ward": text, "tenancy": text, "sex": text,
    "arrears": {"type": "float", "lower": 0.0, "upper": 20000.0},
}  # fmt: skip
privacy = snsql.Privacy(epsilon=1.0, delta=1e-6)
reader = snsql.from_df(frame, privacy=privacy, metadata={"": {"people": {"t": table}}})
KEYS = "ward, tenancy, sex"
told(
    {
        "counts by three columns": lambda: reader.execute(
            f"SELECT {KEYS}, count(*) AS n FROM people.t GROUP BY {KEYS}"
        ),
        "counts and sums by three columns": lambda: reader.execute(
            f"SELECT {KEYS}, count(*) AS n, sum(arrears) AS s FROM people.t GROUP BY {KEYS}"
        ),
    }
)

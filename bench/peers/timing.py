"""How peers are timed: each question once, then up to five times more; the median in ms goes out as JSON."""

import json
import statistics
import sys
import time

PATIENCE = 20.0


def told(questions):
    """Time each question, a function without arguments, for at most some 20 seconds more than it takes once."""
    took = {}
    for title, ask in questions.items():
        every = []
        while len(every) < 6 and (sum(every) < PATIENCE or not every):
            began = time.perf_counter()
            ask()
            every.append(time.perf_counter() - began)
        took[title] = statistics.median(every[1:] or every) * 1000
    sys.stdout.write("\n" + json.dumps(took) + "\n")

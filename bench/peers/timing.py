"""How peers are timed: each question once, then up to five times more; medians in ms, of the clock and of the processors, go out as JSON."""

import json
import statistics
import sys
import time

PATIENCE = 20_000.0


def told(questions):
    """Time each question, a function without arguments, for at most some 20 seconds more than it takes once."""
    took = {}
    for title, ask in questions.items():
        every, worked = [], []
        while len(every) < 6 and (sum(every) < PATIENCE or not every):
            began, before = time.perf_counter(), time.process_time()
            ask()
            every.append((time.perf_counter() - began) * 1000)
            worked.append(time.process_time() - before)
        took[title] = [statistics.median(every[1:] or every), statistics.median(worked[1:] or worked) * 1000]
    sys.stdout.write("\n" + json.dumps(took) + "\n")

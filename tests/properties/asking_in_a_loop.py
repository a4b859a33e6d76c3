"""A process of its own that asks for ever, and says the number of each receipt once it has it: to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from commonweal.errors import Refused
from commonweal.installation import open_installation
from tests.acceptance.town import AGREEMENT, ANALYST

QUESTIONS = (
    "select tenancy, count(*) as homes from housing group by tenancy",
    "select ward, sum(arrears) as total from housing group by ward",
    "select name from person",
    "select need, count(distinct person_id) as people from social_care group by need",
)


def main(folder: Path) -> None:
    """Ask round and round; a line for each outcome, written before the next question."""
    gateway = open_installation(folder).gateway(ANALYST)
    while True:
        for question in QUESTIONS:
            try:
                reference = gateway.ask(question, agreement=AGREEMENT).receipt.index
            except Refused as refusal:
                reference = int(refusal.reference.removeprefix("entry "))
            print(reference, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

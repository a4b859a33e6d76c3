"""The story of the demonstration: eight steps, each a function that returns a fact. This file is its table of contents.

Everything is computed in the run that shows it; what was finished before (files, datasets, signatures) is taken up as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from commonweal.demonstration.asking import ask_slyly, ask_where_they_meet, ask_who_it_is
from commonweal.demonstration.documents import AGREEMENT, FOR_EVERYONE
from commonweal.demonstration.facts import Asked, Fact, NowYou
from commonweal.demonstration.folder import DemoFolder
from commonweal.demonstration.metering import ask_for_everyone
from commonweal.demonstration.recording import check_the_record
from commonweal.demonstration.setting_up import join, open_stage
from commonweal.demonstration.signing import agree
from commonweal.demonstration.stage import ANALYST, OFFICER, Stage

Told = dict[int, Fact]
"""What was told so far, by the number of the step."""


@dataclass(frozen=True)
class Step:
    """One step: what goes on while it runs, in a few words, and how its fact is found from what was told before."""

    doing: str
    find: Callable[[Stage, Told], Fact]


def _check_the_record(stage: Stage, told: Told) -> Fact:
    """Check the record of the answer in step 3."""
    asked = told[Asked.number]
    assert isinstance(asked, Asked)
    return check_the_record(stage, asked.receipt)


def _now_you(stage: Stage, _: Told) -> Fact:
    """Say what to type next."""
    question = "select ward, count(*) as homes, avg(arrears) as mean_arrears from housing group by ward"
    return NowYou(
        folder=str(stage.installation.folder),
        commands=(
            (f'commonweal ask "{question}" --agreement {AGREEMENT} --as {ANALYST}', "Ask a question of your own:"),
            (
                f'commonweal ask "{question}" --agreement {FOR_EVERYONE} --as {ANALYST} --explain',
                "See what the same question would open, and cost, under the agreement for everyone (then leave out --explain):",
            ),
            ("commonweal meter show", "See what has been told so far, secret by secret:"),
            (f"commonweal agreement show {AGREEMENT}", "Read what was agreed, and what of it is enforced:"),
            ("commonweal ledger show", "See who asked what, under which agreement:"),
            (f"commonweal person invite {OFFICER}", "Or meet it in a browser. Make yourself a link to sign in by,"),
            ("commonweal serve", "serve the pages, and open the link:"),
        ),
    )


STEPS: tuple[Step, ...] = (
    Step("making the borough and adding its datasets", lambda stage, _: join(stage)),
    Step("adding and signing the agreement", lambda stage, _: agree(stage)),
    Step("asking a question across three agencies", lambda stage, _: ask_where_they_meet(stage)),
    Step("asking what must not be answered", lambda stage, _: ask_who_it_is(stage)),
    Step("asking it slyly", lambda stage, _: ask_slyly(stage)),
    Step("asking under an agreement for everyone", lambda stage, _: ask_for_everyone(stage)),
    Step("checking the record", _check_the_record),
    Step("looking ahead", _now_you),
)


def story(folder: DemoFolder) -> Iterator[Fact]:
    """Yield the facts of the story in order, each as soon as it is known."""
    told: Told = {}
    with open_stage(folder) as installation:
        stage = Stage(folder, installation)
        for step in STEPS:
            began = time.perf_counter()
            fact = step.find(stage, told)
            fact = replace(fact, seconds=time.perf_counter() - began)
            told[fact.number] = fact
            yield fact

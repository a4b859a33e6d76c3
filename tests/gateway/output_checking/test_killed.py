"""kill -9 at any step: the state, the record and the sealed files agree, and the work can go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commonweal.gateway.answer import Answer
from commonweal.gateway.output_checking import store
from commonweal.gateway.output_checking.request import Verdict
from commonweal.gateway.output_checking.state import State
from commonweal.installation import open_installation
from commonweal.ledger import verify
from tests import output_town as town

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import os, signal, sys
from pathlib import Path
from commonweal.installation import open_installation
from commonweal.gateway.output_checking import entries, reviewing, releasing, requesting, store
from commonweal.gateway.output_checking.request import Verdict
from commonweal.gateway.output_checking.sealing import Vault
from tests import output_town as town

folder, act, where = sys.argv[1:]

def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

def after(function):
    def wrapped(*args, **more):
        function(*args, **more)
        die()
    return wrapped

if where == "before sealing":
    Vault.put = die
elif where == "sealed":
    Vault.put = after(Vault.put)
elif where == "recorded, not committed":
    for module in (reviewing, releasing, requesting):
        module.record = after(module.record)
elif where == "changed, not committed":
    store.change = after(store.change)
elif where == "decision kept":
    store.add_decision = after(store.add_decision)
elif where == "committed":
    Vault.delete = die

place = open_installation(folder)
if act == "look":
    town.at(place, town.OWN).show(1)
elif act == "decide":
    town.at(place, town.OTHER).decide(1, Verdict.REJECT, "no")
elif act == "fetch":
    town.at(place, town.ANALYST).fetch(1)
elif act == "withdraw":
    town.at(place, town.ANALYST).withdraw(1)
print("it lived")
"""

LEADS_TO = {
    "output.requested": "requested",
    "output.decided": "partly-checked",
    "output.released": "released",
    "output.rejected": "rejected",
    "output.withdrawn": "withdrawn",
}

DEATHS = [
    ("look", "recorded, not committed"),
    ("look", "before sealing"),
    ("look", "sealed"),
    ("look", "changed, not committed"),
    ("decide", "decision kept"),
    ("decide", "recorded, not committed"),
    ("decide", "changed, not committed"),
    ("decide", "committed"),
    ("fetch", "recorded, not committed"),
    ("withdraw", "changed, not committed"),
    ("withdraw", "committed"),
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation in which a question is asked for; copied for each death."""
    installation = town.made(tmp_path_factory.mktemp("killed"))
    town.at(installation, town.ANALYST).request(town.REASON, agreement="arrears", sql=town.SQL)
    found: Path = installation.folder
    installation.close()
    return found


@pytest.mark.parametrize(("act", "where"), DEATHS)
def test_a_kill_leaves_a_state_that_the_record_tells(begun: Path, tmp_path: Path, act: str, where: str) -> None:
    import shutil

    folder = tmp_path / "town"
    shutil.copytree(begun, folder)
    _prepare(folder, act)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), act, where],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    verify(folder / "metadata.sqlite3")
    with open_installation(folder) as place:
        with place.reading() as c:
            request = store.request_of(c, 1)
            assert request is not None
            decisions = store.decisions(c, request)
        kinds = town.kinds(place)
        told = [LEADS_TO[kind] for kind in kinds if kind in LEADS_TO][-1]
        if told == "requested" and "output.viewed" in kinds:
            told = "in-review"
        assert request.state.value == told
        assert len(decisions) == kinds.count("output.decided")
        assert bool(request.seal) == ("output.prepared" in kinds)
        _goes_on(place, request.state)


def _prepare(folder: Path, act: str) -> None:
    with open_installation(folder) as place:
        if act in ("decide", "fetch"):
            town.at(place, town.OWN).show(1)
            town.at(place, town.OTHER).show(1)
            town.at(place, town.OWN).decide(1, Verdict.APPROVE if act == "fetch" else Verdict.REJECT, "looked at")
        if act == "fetch":
            town.at(place, town.OTHER).decide(1, Verdict.APPROVE, "looked at")


def _goes_on(place, state: State) -> None:  # type: ignore[no-untyped-def]
    """Whatever happened, the next acts work, and what has ended leaves no sealed file behind."""
    if state in {State.REJECTED, State.WITHDRAWN}:
        town.at(place, town.ANALYST).sweep()
        assert not list(place.layout.outputs.glob("*.sealed"))
        return
    if state is not State.RELEASED:
        for person in (town.OWN, town.OTHER):
            if not town.at(place, person).show(1).about["you_decided"]:
                town.at(place, person).decide(1, Verdict.APPROVE, "looked at")
    if town.at(place, town.ANALYST).standing(1).state is State.RELEASED:
        answer = town.at(place, town.ANALYST).fetch(1)
        assert isinstance(answer, Answer)
        assert answer.table.num_rows == 4
    else:
        assert town.at(place, town.ANALYST).standing(1).state is State.DISAGREED

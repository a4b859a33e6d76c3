"""The table of all cases of attack under a profile: case, what it must, what happened, whether that is well.

usage: python bench/attack_table.py [--profile P ...] [--case WORD ...]     (uk-tre and the metered profiles)

Three installations that differ in one person, with the same noise (tests/attacks/alike.py), so that what differs is that
person. Cases of HISTORY are run and judged question by question; over sequences they are judged by bench/history.py. Exit
code 1 on a failure.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from commonweal.disclosure.metered.profile import METERED  # noqa: E402
from tests.attacks.alike import Read, alike, same, too_far, watched  # noqa: E402
from tests.attacks.attack import Attack, Outcomes, attacks, faults  # noqa: E402 - the cases of the tests
from tests.attacks.test_attacks import Gateways, counted_runs, small_groups  # noqa: E402
from tests.attacks.worlds import AGREEMENTS, CONTRACTS, HEADERS, SIGNED_ON, WORLDS, document, draw  # noqa: E402
from tests.towns import Source, agree, found  # noqa: E402

SIGNS = {"refused": "-", "answered": "+", "error": "e", "crashed": "X"}


def built(folder: Path, profile: str) -> Gateways:
    """Make the three installations with the agreements of a profile."""
    worlds = {name: draw(name) for name in WORLDS}
    installations = {}
    for name, world in worlds.items():
        sources = []
        for dataset in HEADERS:
            contract = CONTRACTS / f"{dataset.split('/')[1]}.odcs.yaml"
            sources.append(Source(dataset, world.as_csv(dataset), contract.read_text(encoding="utf-8")))
        (folder / name).mkdir()
        installations[name] = found(folder / name, sources)
        for agreement in AGREEMENTS:
            text = document(agreement)
            text["safeguards"] = {**text["safeguards"], "profile": profile}
            everybody = [party["organisation"] for party in text["parties"]]
            agree(installations[name], text, signed_by=everybody, signed_on=SIGNED_ON.get(agreement, ""))
    return Gateways(worlds, installations)


def judged(attack: Attack, gateways: Gateways, profile: str, read: dict[int, Read]) -> tuple[str, list[str]]:
    """Return what each question came to in world B, and what is wrong.

    Under a metered profile every number is noisy, and what is shown and withheld above the measure is worked out of noisy
    tables. So an answer is held to what it is made of: no table may differ between the worlds by more than it is charged for,
    and answers made of the same tables must be the same. Refusals and errors are held to the same as ever. How much noisy
    tables tell is judged by the families of HISTORY.
    """
    signs, wrong = "", []
    for agreement in attack.under:
        for question in attack.questions:
            read.clear()
            outcomes = gateways.ask_everywhere(question, agreement)
            signs += SIGNS[outcomes["B"].kind]
            found = faults(attack, question, outcomes)
            if profile in METERED and all(outcome.kind == "answered" for outcome in outcomes.values()):
                found = [each for each in found if "shows" in each and "a count under" not in each]
                found += [f"{one} and {other}: {each}" for one, other, each in differing(gateways, outcomes, read)]
            wrong += [f"{fault}: {' '.join(question.split())[:120]}" for fault in found]
            if attack.evidence:
                for world, outcome in outcomes.items():
                    wrong += small_groups(gateways.worlds[world], attack.evidence, outcome)
    return signs, wrong


def differing(gateways: Gateways, outcomes: Outcomes, read: dict[int, Read]) -> Iterator[tuple[str, str, str]]:
    """Yield in what two worlds' answers differ more than the tables that they are made of may, and do."""
    tables = {name: read[id(each.surroundings.shared.tables)] for name, each in gateways.installations.items()}
    for one, other in (("A", "B"), ("A", "C"), ("B", "C")):
        yield from ((one, other, each) for each in too_far(tables[one], tables[other]))
        if same(tables[one], tables[other]) and outcomes[one].seen() != outcomes[other].seen():
            yield one, other, "the same tables, but not the same answer"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?", type=int, help=argparse.SUPPRESS)  # make bench passes one number to all
    parser.add_argument("--profile", nargs="*", default=["uk-tre", *METERED])
    parser.add_argument("--case", nargs="*", default=[])
    wanted = parser.parse_args()
    failures = 0
    for profile in wanted.profile:
        with tempfile.TemporaryDirectory() as folder, alike():
            gateways = built(Path(folder), profile)
            rows, failed = [], 0
            with counted_runs(gateways.calls), watched() as read:
                for attack in attacks():
                    if wanted.case and attack.number not in wanted.case:
                        continue
                    signs, wrong = judged(attack, gateways, profile, read)
                    verdict = "FAILED" if wrong else "by itself" if attack.must == "HISTORY" else "ok"
                    rows += [f"{attack.number:5}{attack.must:8} {signs:9} {verdict:10} {attack.name}"]
                    rows += [f"       {each[:200]}" for each in dict.fromkeys(wrong)]
                    failed += bool(wrong)
            for installation in gateways.installations.values():
                installation.close()
        print(f"== {profile}: each question refused (-), answered (+), an error of ours (e)", *rows, sep="\n")
        print(f"{profile}: {failed} failures", flush=True)
        failures += failed
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""The summary of checks shows what failed, whole, and how to mend it."""

from __future__ import annotations

from tools.check import CHECKS, Check, Outcome, main, report, run


def test_a_failing_command_is_a_failed_check() -> None:
    good = run(Check("good", ("timeit", "-n1", "-r1", "pass"), ""))
    bad = run(Check("bad", ("no_such_module_at_all",), "write it"))
    assert good.passed
    assert not bad.passed
    text = report([good, bad], 1.0)
    assert "No module named no_such_module_at_all" in text
    assert "bad: write it" in text
    assert text.endswith("1 of 2 checks failed in 1 s")


def test_passing_checks_say_little() -> None:
    outcome = Outcome(CHECKS[0], passed=True, seconds=1.0, output="a very long story")
    assert "story" not in report([outcome], 1.0)


def test_an_unknown_check_is_a_mistake_of_usage() -> None:
    assert main(["no such check"]) == 2

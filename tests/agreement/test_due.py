"""Days: what is due when, what of it is near, and the calendar file that mail programs read."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from commonweal.agreement.calendar_file import _folded, _text, calendar_file
from commonweal.agreement.due import Due, Matter, calendar, days_of, due_within, review_is_near
from commonweal.agreement.standing import Standing
from commonweal.agreement.state import State
from commonweal.agreement.tag import tag

from .agreed import changed, read

IN_FORCE = Standing(State.IN_FORCE, True, "In force.")
ENDED = Standing(State.ENDED, False, "Over.")
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def with_papers() -> str:
    return changed(
        (
            "security: {mfa: false}",
            "security: {mfa: false, certificates: [{name: Cyber Essentials, organisation: northbank, expires: 2027-03-01}]}",
        ),
        (
            "role: analyst}",
            "role: analyst, accreditation: {scheme: DEA, until: 2027-02-01}}",
        ),
    )


def test_every_day_of_an_agreement_is_there_in_order() -> None:
    found = days_of(read(with_papers()))
    assert [(due.day.isoformat(), due.matter) for due in found] == [
        ("2026-12-01", Matter.BEGINS),
        ("2027-02-01", Matter.ACCREDITATION),
        ("2027-03-01", Matter.CERTIFICATE),
        ("2027-05-31", Matter.REVIEW),
        ("2027-10-01", Matter.IMPACT_ASSESSMENT),
        ("2027-11-30", Matter.ENDS),
    ]
    assert "answers stop after 14 June 2027" in found[3].words
    assert found[0].as_dict()["agreement"] == "arrears-and-care"


def test_what_is_over_brings_no_days() -> None:
    assert calendar([(read(), ENDED)]) == ()
    assert len(calendar([(read(), IN_FORCE), (read(), ENDED)])) == 4


def test_due_within_counts_both_ends() -> None:
    found = days_of(read())
    assert [due.matter for due in due_within(found, date(2027, 5, 31), 0)] == [Matter.REVIEW]
    assert [due.matter for due in due_within(found, date(2027, 5, 1), 30)] == [Matter.REVIEW]
    assert due_within(found, date(2027, 5, 1), 29) == ()
    assert due_within(found, date(2027, 6, 1), 30) == ()


def test_a_review_is_near_before_and_after_its_day() -> None:
    agreement = read()
    assert not review_is_near(agreement, IN_FORCE, date(2027, 1, 1), 60)
    assert review_is_near(agreement, IN_FORCE, date(2027, 5, 1), 60)
    assert review_is_near(agreement, IN_FORCE, date(2027, 6, 10), 60)
    assert not review_is_near(agreement, ENDED, date(2027, 5, 1), 60)


def test_tags() -> None:
    agreement = read()
    assert tag(agreement, IN_FORCE, date(2027, 1, 1)).colour == "green"
    assert tag(agreement, IN_FORCE, date(2027, 5, 1)).words == "review due"
    assert tag(agreement, ENDED, date(2027, 5, 1)).colour == "red"
    states = {State.DRAFT: "grey", State.PROPOSED: "blue", State.SUSPENDED: "orange"}
    for state, colour in states.items():
        assert tag(agreement, Standing(state, False, "x"), date(2027, 5, 1)).colour == colour


def test_the_file_is_lines_that_calendars_read() -> None:
    text = calendar_file(days_of(read(with_papers())), name="Us", address="https://a.example", now=NOW)
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "\n" not in text.replace("\r\n", "")
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") == text.count("TRIGGER:-P14D") == 6
    assert "DTSTART;VALUE=DATE:20270531" in lines
    assert "URL:https://a.example/agreements/arrears-and-care" in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    again = calendar_file(days_of(read(with_papers())), name="Us", address="https://a.example", now=NOW)
    assert again == text


@given(st.text())
def test_no_title_can_begin_a_line_of_its_own(title: str) -> None:
    due = Due(date(2027, 1, 1), Matter.ENDS, "a", 1, f"x\r\nEND:VEVENT\n{title}", "words; with, marks\\")
    text = calendar_file([due], name=title, address="https://a.example", now=NOW)
    assert text.count("\r\nEND:VEVENT\r\n") == 1
    unfolded = text.replace("\r\n ", "")
    assert len(unfolded.split("\r\n")) == 22
    assert "words\\; with\\, marks\\\\" in unfolded


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_folding_loses_nothing(title: str) -> None:
    line = "SUMMARY:" + _text(title)
    folded = _folded(line)
    assert folded.replace("\r\n ", "") == line
    assert all(len(part.encode()) <= 75 for part in folded.split("\r\n"))

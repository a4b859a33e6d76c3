"""Flows: who shares what with whom, and a drawing that shows each of them."""

from __future__ import annotations

from commonweal.agreement.flows import drawing, flows

from .agreed import PEOPLE, changed, read

BOTH = changed(
    (
        "  - {email: analyst@northbank.example, role: analyst}\n",
        "  - {email: Analyst@northbank.example, role: analyst}\n  - {email: analyst@riverside.example, role: analyst}\n",
    )
)


def test_data_flows_to_the_organisations_of_those_who_may_ask() -> None:
    found = flows([read()], PEOPLE)
    assert [(flow.owner, flow.recipient, flow.datasets) for flow in found] == [
        ("riverside_nhs", "northbank", ("riverside_nhs/social_care",))
    ]
    both = flows([read(BOTH)], PEOPLE)
    assert [(flow.owner, flow.recipient) for flow in both] == [
        ("northbank", "riverside_nhs"),
        ("riverside_nhs", "northbank"),
    ]
    assert both[0].datasets == ("northbank/person", "northbank/housing")


def test_nothing_flows_to_people_who_are_not_known_here() -> None:
    assert flows([read()], {}) == ()


def test_the_drawing_has_a_box_for_each_and_says_what_it_shows() -> None:
    found = flows([read(BOTH)], PEOPLE)
    drawn = drawing(found, {"northbank": "Northbank Council " + "x" * 40})
    assert [box.name for box in drawn.owners] == ["northbank", "riverside_nhs"]
    assert len(drawn.arrows) == 2
    assert len(drawn.owners[0].label) == 26
    assert "riverside_nhs to Northbank Council" in drawn.description
    assert "under 1 agreement." in drawn.description
    assert all(box.y + 44 <= drawn.height for box in (*drawn.owners, *drawn.recipients))
    assert drawing([], {}).description == "Nothing is shared."

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.identity import Person, Role
from commonweal.identity.person import normalised_email, role_named


def test_an_address_has_one_written_form() -> None:
    assert normalised_email("  Analyst@NORTHBANK.example \n") == "analyst@northbank.example"
    assert normalised_email("a.o'neill+ig@data.northbank.gov.uk") == "a.o'neill+ig@data.northbank.gov.uk"
    assert normalised_email("a@bücher.example") == "a@xn--bcher-kva.example"


@given(st.from_regex(r"[A-Za-z0-9]{1,10}@[A-Za-z0-9]{1,10}\.[A-Za-z]{2,5}", fullmatch=True))
def test_normalising_twice_changes_nothing_and_case_does_not_matter(address: str) -> None:
    once = normalised_email(address)
    assert normalised_email(once) == once == normalised_email(address.swapcase())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "analyst",
        "analyst@",
        "@southbrook.example",
        "analyst@southbrook",
        "two words@southbrook.example",
        "a..b@southbrook.example",
        ".a@southbrook.example",
        "a@b@southbrook.example",
        "A <a@southbrook.example>",
        "a@southbrook..example",
        "a@-southbrook.example",
        "a@127.0.0.1",
        "a@southbrook.example\nBcc: b@southbrook.example",
        "a\x00@southbrook.example",
        "a" * 65 + "@southbrook.example",
        "a@" + "b" * 64 + ".example",
        "a@" + "b." * 130 + "example",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        normalised_email(text)
    assert len(text) < 3 or text not in str(caught.value.as_dict())


@given(st.text())
def test_any_text_is_an_address_or_a_clear_error(text: str) -> None:
    try:
        found = normalised_email(text)
    except BadInput:
        return
    assert found.count("@") == 1
    assert found == found.lower()
    assert found.isprintable()
    assert " " not in found


def test_roles_are_kept_once_and_in_order() -> None:
    person = Person("a@b.example", "northbank", (Role.CHECKER, Role.STEWARD, Role.CHECKER))
    assert person.roles == (Role.STEWARD, Role.CHECKER)
    with pytest.raises(BadInput, match="at least one role"):
        Person("a@b.example", "northbank", ())


def test_a_role_is_named_loosely_and_a_wrong_one_gets_the_nearest() -> None:
    assert role_named(" Head_of Service") is Role.HEAD_OF_SERVICE
    with pytest.raises(BadInput) as caught:
        role_named("analist")
    assert caught.value.remedy == "Did you mean analyst?"
    with pytest.raises(BadInput) as caught:
        role_named("zzz")
    assert "head-of-service" in caught.value.why


def test_a_person_checks_name_and_organisation() -> None:
    assert Person("a@b.example", "northbank", (Role.ANALYST,), "  Ann   Example ").name == "Ann Example"
    with pytest.raises(BadInput, match="organisation"):
        Person("a@b.example", "North Bank", (Role.ANALYST,))
    with pytest.raises(BadInput, match="name"):
        Person("a@b.example", "northbank", (Role.ANALYST,), "a\x1b[31mb")
    with pytest.raises(BadInput, match="name"):
        Person("a@b.example", "northbank", (Role.ANALYST,), "a" * 201)

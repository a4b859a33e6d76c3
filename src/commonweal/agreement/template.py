"""A new agreement to fill in: every needed key with a comment, and the datasets' columns with safe treatments
proposed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import yaml

from commonweal.agreement.clause import TO_FILL_IN
from commonweal.agreement.legal import AssessmentOutcome, LawfulBasis
from commonweal.agreement.purpose import PurposeCode
from commonweal.catalogue.contract import Column, Contract, Kind
from commonweal.deidentification.reading import read_treatment


def proposed(column: Column) -> tuple[object, str]:
    """Return a safe treatment for a column, as an agreement writes it, and a remark (which may be empty)."""
    if column.kind is None:
        return "withhold", "not classified yet, so it cannot be shared"
    if column.kind is Kind.IDENTIFIER:
        return "withhold", "names people"
    if column.kind is Kind.TEXT:
        return "withhold", "free text may hold anything"
    if column.kind is Kind.LINK:
        return "link", ""
    wish: object = "keep"
    if _is(column, "date-of-birth", r"(^|_)(dob|birth)|date_of_birth|birth_date"):
        wish = {"band": "5 years"}
    elif _is(column, "postcode", r"post_?code"):
        wish = "district"
    if read_treatment(wish).applies_to(column.physical_type):
        return "withhold", "its type does not suit the usual treatment"
    return wish, "special category: needs `legal.special_category`" if column.kind is Kind.SPECIAL else ""


def _is(column: Column, standard: str, names: str) -> bool:
    """Tell whether a column follows a standard, or, lacking one, is named as if it did."""
    return column.standard == standard or (not column.standard and re.search(names, column.name.casefold()) is not None)


def template(contracts: Mapping[str, Contract], today: date) -> str:
    """Return a YAML document to fill in for these datasets (``organisation/name`` -> contract), for a year from
    `today`.

    Filled in where it says so, it can be added as it stands.
    """
    owners = list(dict.fromkeys(reference.partition("/")[0] for reference in contracts)) or ["organisation"]
    end = today + timedelta(days=364)
    special = any(column.kind is Kind.SPECIAL for contract in contracts.values() for column in contract.columns)
    lines = [
        "# A data sharing agreement. Write over every TO FILL IN, then: commonweal agreement check FILE",
        "# Every other key that can be given is in docs/reference/agreement-fields.md.",
        "commonweal: agreement/1",
        "id: my-agreement  # small letters, digits and hyphens",
        "version: 1",
        f"title: {TO_FILL_IN}",
        "parties:  # everyone who shares or receives; each signs; role: controller, joint-controller or processor",
        *(line for owner in owners for line in _party(owner)),
        "purpose:",
        f"  code: {PurposeCode.SERVICE_DELIVERY}  # {', '.join(PurposeCode)}",
        f"  statement: {TO_FILL_IN}  # one sentence that the public will read",
        f"  necessity: {TO_FILL_IN}  # why it cannot be done without sharing",
        "  benefits:",
        f"    - {{to: {TO_FILL_IN}, what: {TO_FILL_IN}, measure: {TO_FILL_IN}}}",
        "legal:",
        f"  lawful_basis: {LawfulBasis.PUBLIC_TASK}  # UK GDPR Article 6: {', '.join(LawfulBasis)}",
        f"  power: {TO_FILL_IN}  # the Act and section that let you share",
        *_special(special),
        "  dpia:  # the impact assessment; or {needed: false, why_not_needed: ...}",
        f"    outcome: {TO_FILL_IN}  # {', '.join(AssessmentOutcome)}",
        f"    completed: {TO_FILL_IN}  # a day, YYYY-MM-DD",
        f"    review: {end}",
        "term:  # review: the day by which you look at it again; after it and the days of grace, answers stop",
        f"  {{from: {today}, until: {end}, review: {today + timedelta(days=182)}, grace_days: 14}}",
        "people:  # only they may ask",
        "  - {email: analyst@organisation.example, role: analyst}",
        "data:  # a column that is not named is not shared",
        *(line for reference, contract in contracts.items() for line in _dataset(reference, contract)),
        *([] if contracts else _example_dataset()),
        "links: []  # pairs of link columns that may be joined; put those you want in the place of []:",
        *(f"#  - [{left}, {right}]" for left, right in _possible_links(contracts)),
        "safeguards:",
        "  # standard: noise that is kept and a meter; for everybody, whatever is asked in whatever order",
        "  # formal: the same with a guarantee that is proven, on separate tables; less exact",
        "  # uk-tre: thresholds, rounding, two checkers; for accredited people in a controlled environment",
        "  # nhs: 1 to 7 hidden, rounded to 5; business: about firms, at least 3 and none that dominates",
        "  profile: standard",
        "  output: aggregate",
        "  minimum_count: 10",
        "  # output_checking: {allowed: true, least: 2}  # two checkers may release what the rules withhold",
        "retention: {results: 1 year}",
        "onward_sharing: none",
        "security: {mfa: false}",
        "transparency: {public: true, privacy_notice: 'https://organisation.example/privacy'}",
    ]
    return "\n".join(lines) + "\n"


def _party(owner: str) -> Iterator[str]:
    """Yield the lines of a party."""
    yield f"  - organisation: {owner}"
    yield "    role: controller"
    yield f"    contact: {{name: {TO_FILL_IN}, email: contact@organisation.example}}"
    yield f"    dpo: {{name: {TO_FILL_IN}, email: dpo@organisation.example}}"


def _special(needed: bool) -> Iterator[str]:
    """Yield the condition for special category data, or a remark on when it is needed."""
    if needed:
        yield "  special_category:  # for example {article_9: h, schedule_1: health-or-social-care}"
        yield f"    article_9: {TO_FILL_IN}  # UK GDPR Article 9(2), the letter of the condition"
        yield f"    schedule_1: {TO_FILL_IN}  # the condition of Schedule 1 that goes with b, g, h, i and j"
    else:
        yield "  # special_category: {article_9: h, schedule_1: health-or-social-care}  # for health, religion ..."


def _dataset(reference: str, contract: Contract) -> Iterator[str]:
    """Yield the lines of a dataset."""
    yield f"  - dataset: {reference}"
    yield f"    because: {TO_FILL_IN}"
    yield "    columns:"
    for column in contract.columns:
        treatment, remark = proposed(column)
        written = f"{_as_yaml(column.name)}: {_as_yaml(treatment)}"
        yield f"      {written}" + (f"  # {remark}" if remark else "")
    yield "    # rows: column <> 'value'  # only these rows are shared"


def _as_yaml(value: object) -> str:
    """Return a word or a small mapping as YAML on one line, in quotes where they are needed."""
    text: str = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=1000)
    return text.strip()[1:-1]


def _example_dataset() -> Iterator[str]:
    """Yield the shape of a dataset when none was named."""
    yield "  - dataset: organisation/dataset"
    yield f"    because: {TO_FILL_IN}"
    yield "    columns: {id: link, age: {band: 5}, ward: keep}"


def _possible_links(contracts: Mapping[str, Contract]) -> Iterator[tuple[str, str]]:
    """Yield pairs of link columns of different datasets that bear the same name or follow the same standard."""
    ends = [
        (reference, column)
        for reference, contract in contracts.items()
        for column in contract.columns
        if column.kind is Kind.LINK
    ]
    for number, (reference, column) in enumerate(ends):
        for other_reference, other in ends[number + 1 :]:
            alike = other.name == column.name or (column.standard and column.standard == other.standard)
            if alike and other_reference != reference:
                yield f"{reference}.{column.name}", f"{other_reference}.{other.name}"

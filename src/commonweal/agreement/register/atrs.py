"""A draft for the Algorithmic Transparency Recording Standard (version 3.0), with what the agreement knows filled in.

What it does not know is said to be missing, with what must be written there: a draft that looks whole would be sent as
it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commonweal.agreement.register.public import PublicAgreement


@dataclass(frozen=True)
class Field:
    """One field of the standard: its section, its name, what the agreement knows, or what is missing."""

    section: str
    name: str
    value: str = ""
    missing: str = ""


TIER_1 = "Tier 1: overview"
OWNER = "Tier 2: 1. Owner and responsibility"
DESCRIPTION = "Tier 2: 2. Description and rationale"
DECISIONS = "Tier 2: 3. Decision-making process"
TOOL = "Tier 2: 4. Tool and data"
RISKS = "Tier 2: 5. Risks, mitigations and impact assessments"

_NOT_IN_AGREEMENT = "The agreement does not say. Write it before this is sent."


def draft(agreement: PublicAgreement, address: str) -> tuple[Field, ...]:
    """Return the fields of the standard in its order; `address` is where the public reads the agreement."""
    made = _filled(agreement, address)
    return tuple(
        Field(section, name, value, "" if value else missing or _NOT_IN_AGREEMENT)
        for section, name, value, missing in made
    )


def _filled(agreement: PublicAgreement, address: str) -> Iterator[tuple[str, str, str, str]]:
    yield from _overview(agreement, address)
    yield from _owner(agreement)
    yield from _description(agreement)
    yield from _decisions(agreement)
    yield from _tool(agreement)
    yield RISKS, "Risks and mitigations", " ".join(each.words for each in agreement.protections), ""
    yield RISKS, "Data protection impact assessment", agreement.assessment, ""
    yield RISKS, "Other impact assessments", "", "Name the equality, human rights and ethics assessments."


def _overview(agreement: PublicAgreement, address: str) -> Iterator[tuple[str, str, str, str]]:
    yield TIER_1, "Name", _algorithm(agreement, "name") or agreement.title, ""
    yield TIER_1, "Description", _algorithm(agreement, "description") or agreement.purpose, ""
    yield TIER_1, "Website", address, ""
    yield TIER_1, "Contact e-mail", agreement.contact.email, ""


def _owner(agreement: PublicAgreement) -> Iterator[tuple[str, str, str, str]]:
    owners = "; ".join(
        f"{each.title}: {each.responsible_owner}" for each in agreement.parties if each.responsible_owner
    )
    yield OWNER, "Organisation", "; ".join(each.title for each in agreement.parties), ""
    yield OWNER, "Team", agreement.contact.name, ""
    yield OWNER, "Senior responsible owner", owners, "Name the role that answers for the tool."
    processors = "; ".join(each.title for each in agreement.parties if each.role == "processor")
    yield OWNER, "External supplier", processors or "None is a party to the agreement.", ""
    yield OWNER, "Data access terms", f"The agreement {agreement.reference}, SHA-256 {agreement.content_hash}", ""


def _description(agreement: PublicAgreement) -> Iterator[tuple[str, str, str, str]]:
    benefits = "; ".join(f"{each.what} (to {each.to})" for each in agreement.benefits)
    yield DESCRIPTION, "Scope", agreement.purpose, ""
    yield DESCRIPTION, "Benefit", benefits, "Say who will be better off, and how that is measured."
    yield DESCRIPTION, "Previous process", "", "Say how it was done before."
    yield DESCRIPTION, "Alternatives considered", agreement.alternatives, "Say what else was considered, and why not."
    yield DESCRIPTION, "Justification", agreement.necessity, ""


def _decisions(agreement: PublicAgreement) -> Iterator[tuple[str, str, str, str]]:
    appeals = " ".join(f"{what}: {said}." for what, said in agreement.rights) or (
        f"Write to {agreement.contact.name}, {agreement.contact.email}."
    )
    yield DECISIONS, "Process integration", "", "Say where in the work the answers are used."
    yield DECISIONS, "Provided information", "Statistics about groups, protected; never a line about one person.", ""
    yield DECISIONS, "Frequency and scale of usage", _scale(agreement), ""
    yield DECISIONS, "Human decisions and review", agreement.automated_decisions, "Say what people decide."
    yield DECISIONS, "Required training", "", "Say what people must know before they use it."
    yield DECISIONS, "Appeals and review", appeals, ""


def _tool(agreement: PublicAgreement) -> Iterator[tuple[str, str, str, str]]:
    sources = "; ".join(
        f"{each.dataset} ({each.owner}): {', '.join(column.holds for column in each.columns)}"
        for each in agreement.datasets
    )
    special = any("special category" in words or "offences" in words for words in agreement.law)
    yield TOOL, "Source data", sources, ""
    yield TOOL, "Personal data", f"Yes, about {', '.join(agreement.about) or 'people'}; answers hold none.", ""
    yield TOOL, "Special category data", "Yes: see the legal conditions." if special else "No condition is given.", ""
    yield TOOL, "Data sharing", "; ".join(agreement.law), ""
    yield TOOL, "Data quality and maintenance", "", "Say how the data is checked and kept up to date."
    yield TOOL, "Data storage and access", f"{agreement.method} {agreement.retention}", ""
    yield TOOL, "Model", _algorithm(agreement, "description"), "If answers feed a model, describe it; if not, say so."
    yield TOOL, "Model performance", _algorithm(agreement, "performance"), "Say how well it works, and for whom less."
    yield TOOL, "Training data", _algorithm(agreement, "training data"), "Say what it was trained on, if anything."


def _scale(agreement: PublicAgreement) -> str:
    words = f"{agreement.questions.total:,} questions so far, {agreement.questions_this_month.total:,} this month."
    return f"{agreement.frequency}. {words}" if agreement.frequency else words


def _algorithm(agreement: PublicAgreement, name: str) -> str:
    return dict(agreement.algorithm).get(name, "")


def as_dict(fields: tuple[Field, ...]) -> dict[str, object]:
    """Return a draft as plain JSON: the fields by section, and the names of those that are missing."""
    sections: dict[str, list[dict[str, str]]] = {}
    for each in fields:
        known = {"value": each.value} if each.value else {"missing": each.missing}
        sections.setdefault(each.section, []).append({"name": each.name} | known)
    return {
        "standard": "Algorithmic Transparency Recording Standard, version 3.0",
        "status": "draft",
        "sections": [{"section": name, "fields": found} for name, found in sections.items()],
        "missing": [each.name for each in fields if not each.value],
    }


def as_markdown(fields: tuple[Field, ...], title: str) -> str:
    """Return a draft as Markdown, what is missing in italics."""
    lines = [f"# {_one_line(title)}", "", "Draft for the Algorithmic Transparency Recording Standard, version 3.0.", ""]
    section = ""
    for each in fields:
        if each.section != section:
            section = each.section
            lines += [f"## {section}", ""]
        lines += [f"### {each.name}", "", _quoted(each.value) or f"*Missing. {each.missing}*", ""]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """Return words that Markdown reads as words, whatever people wrote."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>#|" else character for character in text)

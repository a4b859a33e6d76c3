"""Reading an agreement: all its problems at once, each with its line, or the agreement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from commonweal.agreement.consistency import Finding, Parts, inconsistencies
from commonweal.agreement.contract_problems import advice, contract_findings
from commonweal.agreement.data import DatasetTerms, Link
from commonweal.agreement.document import Agreement
from commonweal.agreement.document_problems import form_findings
from commonweal.agreement.legal import Legal
from commonweal.agreement.parties import Party
from commonweal.agreement.people import NamedPerson
from commonweal.agreement.yaml_places import PlacedYaml, read_yaml
from commonweal.catalogue.contract import Contract
from commonweal.deidentification.reading import read_treatment
from commonweal.errors import BadInput, NotFound, Place

_Model = TypeVar("_Model", bound=BaseModel)
_LINK: TypeAdapter[tuple[str, str]] = TypeAdapter(Link)


class Severity(StrEnum):
    """Whether an agreement can be used as it stands."""

    ERROR = "error"  # it cannot
    WARNING = "warning"  # it can, and someone should look


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an agreement: where (line and column from 1, path of keys), what, and what would mend it."""

    severity: Severity
    line: int
    column: int
    path: str
    message: str
    suggestion: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the problem as plain values for JSON."""
        return {
            "severity": self.severity.value,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "message": self.message,
            "suggestion": self.suggestion,
        }

    def __str__(self) -> str:
        """Return the problem as one line of text."""
        where = f"line {self.line}" + (f", {self.path}" if self.path else "")
        return f"{where}: {self.message} {self.suggestion}".rstrip()


def text_of(file: FilePath) -> str:
    """Return the text of a file; NotFound if there is none, BadInput if it is not UTF-8 text."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.", remedy="Look at the path.", place=Place(file=str(file))) from None
    except IsADirectoryError:
        raise BadInput(
            f"{file} is a folder, not a file.", remedy="Name the file.", place=Place(file=str(file))
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        why = (
            "It is not UTF-8 text." if isinstance(error, UnicodeDecodeError) else "The system does not let it be read."
        )
        raise BadInput(
            f"{file} cannot be read.", why=why, remedy="Save it as UTF-8 text.", place=Place(file=str(file))
        ) from None


def problems(
    text: str,
    *,
    contracts: Mapping[str, Contract],
    organisations: Collection[str],
    people: Mapping[str, str] | None = None,
) -> tuple[Problem, ...]:
    """Return everything that is wrong with an agreement's YAML, in the order of the lines.

    `contracts` are the contracts of the datasets that exist, by ``organisation/name``; `people` maps known addresses to
    organisations (None: not known, not checked). Never raises, whatever the text holds.
    """
    return _read(text, contracts, organisations, people)[1]


def read_agreement(
    text: str,
    *,
    source: str,
    contracts: Mapping[str, Contract],
    organisations: Collection[str],
    people: Mapping[str, str] | None = None,
) -> Agreement:
    """Return the agreement of a YAML text, or raise BadInput that lists all its errors; warnings do not stop it.

    `source` names the document in messages, for example the file's name.
    """
    agreement, found = _read(text, contracts, organisations, people)
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if agreement is not None and not errors:
        return agreement
    first = errors[0]
    count = "a problem" if len(errors) == 1 else f"{len(errors)} problems"
    raise BadInput(
        f"{source} has {count}, so it cannot be used: {first.message}",
        why="\n".join(str(problem) for problem in errors),
        remedy=first.suggestion or f"Mend it; `commonweal agreement check {source}` says what is left.",
        place=Place(file=source, line=first.line, path=first.path or None),
    )


def _read(
    text: str, contracts: Mapping[str, Contract], organisations: Collection[str], people: Mapping[str, str] | None
) -> tuple[Agreement | None, tuple[Problem, ...]]:
    """Return the agreement, if there is one, and the problems; without an agreement there is at least one error."""
    placed = read_yaml(text)
    found = [
        Problem(Severity.ERROR, spot.line, spot.column, _dotted(path), message, suggestion)
        for spot, path, message, suggestion in placed.mistakes
    ]
    agreement: Agreement | None = None
    if not placed.broken and not isinstance(placed.value, dict):
        found.append(
            Problem(Severity.ERROR, 1, 1, "", "This is not an agreement.", "It begins with `commonweal: agreement/1`.")
        )
    elif not placed.broken:
        agreement, findings = _findings(placed.value, contracts, organisations, people)
        found += [_placed(placed, finding) for finding in findings]
    unique = dict.fromkeys(found)
    return agreement, tuple(
        sorted(unique, key=lambda problem: (problem.line, problem.column, problem.severity, problem.path))
    )


def _findings(
    raw: dict[str, Any],
    contracts: Mapping[str, Contract],
    organisations: Collection[str],
    people: Mapping[str, str] | None,
) -> tuple[Agreement | None, list[Finding]]:
    """Return the agreement, if the form allows one, and every finding of form, consistency and fit."""
    found: list[Finding] = []
    agreement: Agreement | None = None
    try:
        agreement = Agreement.model_validate(raw)
        parts = Parts.of(agreement)
    except ValidationError as error:
        found += form_findings(error)
        parts = _legible_parts(raw)
    found += inconsistencies(parts)
    found += contract_findings(parts, contracts, organisations, people)
    found += advice(parts)
    return agreement, found


def _legible_parts(raw: dict[str, Any]) -> Parts:
    """Return what can be checked of a document that has mistakes of form, so that the other mistakes are told as
    well.
    """
    parties, people = _items(Party, raw, "parties"), _items(NamedPerson, raw, "people")
    data = _items(DatasetTerms, {"data": [_legible_terms(item) for item in _list(raw, "data")]}, "data")
    links: list[tuple[int, tuple[str, str]]] = []
    for position, item in enumerate(_list(raw, "links")):
        try:
            links.append((position, _LINK.validate_python(item)))
        except ValidationError:
            continue
    version, supersedes = raw.get("version"), raw.get("supersedes")
    return Parts(
        version=version if isinstance(version, int) else None,
        supersedes=supersedes if isinstance(supersedes, int) else None,
        parties=parties,
        people=people,
        legal=_one(Legal, raw.get("legal")),
        data=data,
        links=tuple(links),
        whole_parties=bool(parties) and len(parties) == len(_list(raw, "parties")),
        whole_data=bool(data) and len(data) == len(_list(raw, "data")),
    )


def _legible_terms(item: Any) -> Any:
    """Return a dataset's terms with each clause that cannot be read replaced by one that shares nothing."""
    if not isinstance(item, dict):
        return item
    mended = {key: item[key] for key in ("dataset", "because", "columns", "rows") if key in item}
    columns = item.get("columns")
    if isinstance(columns, dict):
        mended["columns"] = {name: value if _is_treatment(value) else "withhold" for name, value in columns.items()}
    try:
        DatasetTerms.model_validate(mended)
    except ValidationError:
        return {key: mended[key] for key in ("dataset", "columns") if key in mended}
    return mended


def _is_treatment(value: object) -> bool:
    """Tell whether a value names a treatment."""
    try:
        read_treatment(value)
    except ValueError:
        return False
    return True


def _list(raw: dict[str, Any], key: str) -> list[Any]:
    """Return a list of the document, empty when it is not one."""
    value = raw.get(key)
    return value if isinstance(value, list) else []


def _one(model: type[_Model], raw: object) -> _Model | None:
    """Return a clause, or None when it has mistakes of form."""
    try:
        return model.model_validate(raw)
    except ValidationError:
        return None


def _items(model: type[_Model], raw: dict[str, Any], key: str) -> tuple[tuple[int, _Model], ...]:
    """Return the clauses of a list that have no mistakes of form, each with its position."""
    read = ((position, _one(model, item)) for position, item in enumerate(_list(raw, key)))
    return tuple((position, item) for position, item in read if item is not None)


def _placed(placed: PlacedYaml, finding: Finding) -> Problem:
    """Return a finding with its place in the text: its key where there is one, else its value."""
    spot = placed.spot(finding.path)
    severity = Severity.ERROR if finding.grave else Severity.WARNING
    return Problem(severity, spot.line, spot.column, _dotted(finding.path), finding.message, finding.suggestion)


def _dotted(path: tuple[str | int, ...]) -> str:
    """Return a path as people write it: ``data[0].columns.dob``; positions count from 0 as in JSON."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def errors_of(found: Collection[Problem]) -> Iterator[Problem]:
    """Yield the problems that stop an agreement from being used."""
    return (problem for problem in found if problem.severity is Severity.ERROR)

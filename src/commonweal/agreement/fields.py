"""What each field of an agreement is worth: enforced by this version, partly, or recorded only. One honest table.

The 35 rows are those that the ICO's data sharing code, the register of the Digital Economy Act 2017 (DEA), the
Algorithmic Transparency Recording Standard (ATRS), the Scottish Information Sharing Toolkit (SCO) and UK GDPR Article
30 (A30) ask for. A row may hold several fields of different worth; it is enforced, or recorded, only when all of its
fields are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Enforcement(StrEnum):
    """What this version of the software does about a field."""

    ENFORCED = "enforced"  # nothing is answered against it
    PARTLY = "partly"  # the software checks, blocks or proves some of it; people do the rest
    RECORDED = "recorded"  # it is kept, signed and shown, and nothing else


@dataclass(frozen=True)
class Field:
    """Some fields of the document of one worth; a path stands for all that is under it unless a longer path is
    listed.
    """

    row: int
    paths: tuple[str, ...]
    enforcement: Enforcement
    how: str
    aside: bool = False  # goes with the row's matter, and does not count for the row's worth


ROWS: Mapping[int, tuple[str, str]] = {
    1: ("Identifier and title", "DEA agreement_name, ATRS 1.1"),
    2: ("Version and history", "ICO, DEA notes, ATRS 0.2-0.5"),
    3: ("Status", "DEA isa_status"),
    4: ("Purpose, aims and necessity", "ICO, DEA purpose, ATRS 2.2"),
    5: ("Expected benefits", "ICO, DEA benefits, ATRS 2.3"),
    6: ("Parties and their roles", "ICO, DEA controllers and processors, ATRS 2.1"),
    7: ("Joint controllers' arrangement", "ICO, UK GDPR Art 26"),
    8: ("Joining and leaving", "ICO"),
    9: ("Contacts and data protection officers", "ICO, DEA contact, ATRS 2.1.2-2.1.3"),
    10: ("Data: datasets, columns, rows, detail", "ICO, DEA disclosed_information, ATRS 4.1"),
    11: ("Minimisation: why each dataset is needed", "ICO"),
    12: ("Who may see what", "ICO, ATRS 2.1.4.5"),
    13: ("Categories of people and of personal data", "A30"),
    14: ("Lawful basis", "ICO, ATRS"),
    15: ("Legal power", "ICO Annex B, DEA powers"),
    16: ("Special category, criminal offence, law enforcement", "ICO, ATRS"),
    17: ("Data protection impact assessment", "ICO Annex B, ATRS 5.1"),
    18: ("Other assessments", "ATRS 5.2-5.4"),
    19: ("Transparency", "ICO, DEA, ATRS 1.3"),
    20: ("Rights of individuals", "ICO, ATRS 3.6"),
    21: ("Automated decisions", "ICO Annex B, ATRS 3.1-3.4"),
    22: ("Data quality", "ICO, ATRS 4.3"),
    23: ("Method, frequency and dates", "ICO Annex B, DEA method and dates, ATRS 3.3"),
    24: ("Security", "ICO, ATRS 4.4"),
    25: ("Breaches", "ICO"),
    26: ("Outputs", "SCO"),
    27: ("Onward sharing, recognition, linkage, publication", "ICO, ATRS 4.2"),
    28: ("Where the data is", "A30(e)"),
    29: ("Retention and deletion", "ICO, DEA retention_period"),
    30: ("Review", "ICO, DEA review_date"),
    31: ("Ending and sanctions", "SCO, ICO, DEA end_date"),
    32: ("Decision and signatures", "ICO Annex B"),
    33: ("Appendices", "ICO"),
    34: ("Cost, funding, liability, freedom of information", "SCO, ATRS 2.1.4.4"),
    35: ("Algorithm", "ATRS 2.2, 4, 6, 7"),
}
"""Each row's name and who asks for it."""

_E, _P, _R = Enforcement.ENFORCED, Enforcement.PARTLY, Enforcement.RECORDED

FIELDS: tuple[Field, ...] = (
    Field(1, ("commonweal", "id"), _E, "A question names one agreement; a document of an unknown form is not read."),
    Field(1, ("title",), _R, "Shown wherever the agreement is named.", aside=True),
    Field(
        2,
        ("version", "supersedes"),
        _E,
        "Versions count up without gaps and never change; the newest that has begun replaces the older.",
    ),
    Field(
        2,
        ("changes",),
        _R,
        "Shown with the version. Differences will be drawn from the documents themselves.",
        aside=True,
    ),
    Field(
        3,
        ("(status)",),
        _E,
        "Computed from signatures, days and events each time it is asked; only `in force` answers.",
    ),
    Field(
        4,
        ("purpose.code",),
        _P,
        "Must be one of a closed list. Questions will declare a purpose too, and others be refused.",
    ),
    Field(4, ("purpose",), _R, "Shown as the agreement's first paragraph."),
    Field(5, ("purpose.benefits",), _R, "Shown. Results will be claimed against them from released answers."),
    Field(
        6,
        ("parties", "parties.organisation"),
        _E,
        "Each party must sign, and the owner of every dataset must be a party, or nothing is answered.",
    ),
    Field(6, ("parties.role", "parties.responsible_owner"), _R, "Shown."),
    Field(7, ("joint_controllers",), _R, "Shown."),
    Field(
        8,
        ("membership",),
        _P,
        "Joining is a new version that all sign; a party that withdraws stops every answer. The words are shown.",
    ),
    Field(9, ("parties.contact",), _R, "Must be there; shown."),
    Field(9, ("parties.dpo",), _R, "A controller without one is pointed out when the document is checked."),
    Field(
        10,
        ("data", "data.dataset", "data.columns", "data.rows"),
        _E,
        "Nothing but these columns, treated so, and these rows, can be read by a question.",
    ),
    Field(
        11,
        ("data.because",),
        _R,
        "A missing reason is pointed out. Columns that nobody uses will be proposed for removal.",
    ),
    Field(12, ("people", "people.email"), _E, "Only people named here, known to the installation, may ask."),
    Field(
        12,
        ("people.role", "people.reason"),
        _R,
        "Shown. Who may check outputs is said under `safeguards.output_checking`.",
        aside=True,
    ),
    Field(
        12,
        ("people.accreditation",),
        _P,
        "The assessment of risk admits the profile `uk-tre` for accredited people only; a profile that was admitted for "
        "them answers nothing more once an accreditation is over.",
        aside=True,
    ),
    Field(13, ("subjects",), _R, "Shown; the kinds of the contracts' columns are what is enforced."),
    Field(
        14,
        ("legal.lawful_basis", "parties.lawful_basis"),
        _P,
        "Must be of the list of Article 6; whether it is the right one, people decide.",
    ),
    Field(15, ("legal.power",), _P, "A document whose powers are all repealed, or not in force yet, is refused."),
    Field(
        16,
        ("legal.special_category",),
        _E,
        "A column of kind special is not shared without a condition, and Article 9 must fit Schedule 1.",
    ),
    Field(
        16,
        ("legal.criminal_offence", "legal.law_enforcement"),
        _P,
        "Columns whose standard says offence or conviction are pointed out when there is no condition.",
    ),
    Field(
        17,
        ("legal.dpia",),
        _P,
        "Without one that lets the sharing proceed there is no agreement; past its review and the grace, no answers.",
    ),
    Field(18, ("assessments",), _R, "Shown."),
    Field(
        19,
        ("transparency",),
        _P,
        "The public register shows a version that is public once a party has signed it, and nothing of any other; "
        "addresses must have the right form.",
    ),
    Field(20, ("rights",), _R, "Shown. A report of the questions that used a dataset will serve requests for access."),
    Field(21, ("automated_decisions",), _R, "Shown."),
    Field(
        22,
        ("quality",),
        _R,
        "Shown; types and ranges are the contracts' and are checked when data is added. Seals will be asked for.",
    ),
    Field(
        23,
        ("term", "term.from", "sharing.method"),
        _E,
        "No answers before the first day, and none but answers to questions.",
    ),
    Field(23, ("sharing", "sharing.frequency", "sharing.discrete_or_ongoing"), _R, "Shown."),
    Field(
        24,
        ("security.certificates",),
        _P,
        "The day after one expires, answers stop; that it was genuine, people check.",
    ),
    Field(
        24,
        ("security.mfa",),
        _E,
        "With `true`, only who gave a second factor in their session, or made their token in one, is answered.",
    ),
    Field(24, ("security",), _R, "Shown."),
    Field(
        24,
        ("security.environment",),
        _R,
        "Shown; the assessment of risk admits the profile `uk-tre` in a controlled environment only.",
    ),
    Field(25, ("breach",), _R, "Shown. Any party can suspend at once."),
    Field(26, ("safeguards",), _E, "Answers are aggregates protected by the profile, which can be tightened only."),
    Field(
        26,
        ("safeguards.output_checking",),
        _E,
        "What the rules withhold leaves only when so many different checkers, never the requester, approve it.",
    ),
    Field(27, ("links",), _E, "Columns are joined only as agreed here, by tokens that hold in this agreement alone."),
    Field(
        27,
        ("onward_sharing", "reidentification", "publication"),
        _R,
        "Shown; what happens to an answer that has left cannot be held.",
    ),
    Field(28, ("location",), _R, "Shown."),
    Field(
        29,
        ("retention.results",),
        _P,
        "Outputs released by checkers are deleted when it is over; of answers only the record is kept.",
    ),
    Field(29, ("retention",), _R, "Shown."),
    Field(
        30,
        ("term.review", "term.grace_days"),
        _E,
        "Past the review and the days of grace, answers stop until a reviewed version is signed.",
    ),
    Field(30, ("reviews",), _R, "Shown.", aside=True),
    Field(31, ("term.until",), _E, "After the last day nothing is answered; any party can end it at once."),
    Field(31, ("ending",), _R, "Shown."),
    Field(32, ("(signatures)",), _E, "Each party's key signs the exact document; a changed document is not in force."),
    Field(32, ("decisions",), _R, "Shown with its reasons for and against."),
    Field(33, ("appendices",), _R, "Shown with their hashes."),
    Field(34, ("arrangements",), _R, "Shown."),
    Field(35, ("algorithm",), _R, "Shown, with a link to the public record."),
)
"""Every field and its worth."""


def field_of(path: Iterable[str | int]) -> Field:
    """Return the entry that covers a path of the document (positions in lists do not matter); KeyError if none does."""
    keys = [step for step in path if isinstance(step, str)]
    for length in range(len(keys), 0, -1):
        wanted = ".".join(keys[:length])
        for found in FIELDS:
            if wanted in found.paths:
                return found
    raise KeyError(".".join(keys))


def worth_of_row(row: int) -> Enforcement:
    """Return the worth of a row: that of its fields when they are alike, else partly."""
    worths = {found.enforcement for found in FIELDS if found.row == row and not found.aside}
    return worths.pop() if len(worths) == 1 else Enforcement.PARTLY


def split() -> Counter[Enforcement]:
    """Return how many of the 35 rows are enforced, partly enforced and recorded, counted from the table."""
    return Counter(worth_of_row(row) for row in ROWS)


def split_sentence() -> str:
    """Return the split as a sentence for people."""
    counts = split()
    return (
        f"Of {len(ROWS)} things that an agreement holds, this version enforces {counts[_E]}, "
        f"{counts[_P]} partly, and records {counts[_R]}."
    )

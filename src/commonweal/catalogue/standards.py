"""Standard UK identifiers and other columns with a meaning of their own: what they are called and how they are checked.

Each check is a SQL condition for DuckDB over trimmed text (which has no look-ahead), so that ten million values take a
second or two. Sources: NHS Data Dictionary (NHS number, modulus 11), HMRC NIM39110 (NINO), BS 7666 and GeoPlace (UPRN,
USRN), Royal Mail PAF and ONS (postcode), ONS Code History Database (GSS codes), Companies House, NHS ODS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from commonweal.catalogue.contract import Kind


@dataclass(frozen=True)
class Standard:
    """One kind of value.

    `valid` and `tidy` are SQL with ``{t}`` for the trimmed text: whether it is one, and its one usual spelling. `names`
    matches a column's name in small letters and underscores. `share` is the part of the values that must be valid when
    the name fits; `alone` the part that suffices without the name, above 1 if nothing does. `entity` is the kind of
    entity that the value identifies.
    """

    title: str
    kind: Kind
    names: str
    valid: str = "true"
    tidy: str = "{t}"
    physical_type: str = "VARCHAR"
    entity: str = ""
    share: float = 0.8
    alone: float = 2.0

    def called(self, slug: str) -> bool:
        """Tell whether a column of this name (small letters, underscores) would hold such values."""
        return re.search(rf"(^|_)(?:{self.names})(_|$)", slug) is not None


_BARE = "regexp_replace({t}, '[ \\-]', '', 'g')"
_NHS_SUM = " + ".join(f"{10 - i} * try_cast(substr({_BARE}, {i + 1}, 1) AS INTEGER)" for i in range(9))
_NHS = (
    f"CASE WHEN NOT regexp_full_match({_BARE}, '[0-9]{{{{10}}}}') OR {_BARE} = '0000000000' THEN false "
    f"ELSE (11 - ({_NHS_SUM}) % 11) % 11 = try_cast(substr({_BARE}, 10, 1) AS INTEGER) END"
)
_NINO = (
    f"(regexp_full_match(upper({_BARE}), '[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{{{{6}}}}[A-D]?') "
    f"AND left(upper({_BARE}), 2) NOT IN ('BG', 'GB', 'NK', 'KN', 'TN', 'NT', 'ZZ'))"
)
_POSTCODE = "regexp_replace(upper(replace({t}, ' ', '')), '^(.+)(...)$', '\\1 \\2')"
_POSTCODE_FORM = "([A-Z]{{1,2}}[0-9][A-Z0-9]? [0-9][ABD-HJLNP-UW-Z]{{2}}|GIR 0AA)"
_SENSITIVE = (
    "arrears|balance|debt|income|salary|salary_class|wage|pay|earnings|benefit|benefits|amount|cost|payment|rent|absence|"
    "absence_pct|attendance|exclusion|exclusions|score|attainment|caseworker|sanction|sanctions"
)
_SPECIAL = (
    "ethnicity|ethnic|ethnic_group|ethnic_origin|race|religion|faith|belief|disability|disabled|diagnosis|icd10|snomed|"
    "health|condition|medication|need|needs|sexual_orientation|orientation|trade_union|politics|political|offence|"
    "offences|conviction|convictions|crime|arrest|pregnant|pregnancy|gender_identity|sen_need"
)
_QUASI = (
    "sex|gender|age|age_band|age_group|ward|lsoa|msoa|oa|area|locality|region|district|marital_status|marital|occupation|"
    "job|job_title|workclass|employment|education|qualification|nationality|native_country|country|country_of_birth|"
    "tenure|tenancy|household_size|occupants|number_occupants|school|school_year|year_group|language|start_date|end_date"
)

STANDARDS: dict[str, Standard] = {
    "nhs-number": Standard(
        "NHS number", Kind.IDENTIFIER, "nhs|nhs_?no|nhs_?num|nhs_?number", _NHS, _BARE, entity="person", alone=0.95
    ),
    "nino": Standard(
        "National Insurance number",
        Kind.IDENTIFIER,
        "nino|ni_?no|ni_?number|national_insurance(_number|_no)?",
        _NINO,
        f"upper({_BARE})",
        entity="person",
        alone=0.9,
    ),
    "uprn": Standard(
        "Unique Property Reference Number",
        Kind.LINK,
        "uprn|uprns",
        "regexp_full_match(replace({t}, ' ', ''), '0*[1-9][0-9]{{0,11}}(\\.0*)?')",
        physical_type="BIGINT",
        entity="household",
    ),
    "usrn": Standard(
        "Unique Street Reference Number",
        Kind.LINK,
        "usrn|usrns",
        "regexp_full_match(replace({t}, ' ', ''), '0*[1-9][0-9]{{0,7}}(\\.0*)?')",
        physical_type="BIGINT",
    ),
    "email": Standard(
        "e-mail address",
        Kind.IDENTIFIER,
        "e_?mail|email_?address|mail",
        "regexp_full_match({t}, '[^@[:space:]]+@[^@[:space:]]+\\.[A-Za-z]{{2,}}')",
        "lower({t})",
        alone=0.5,
    ),
    "phone": Standard(
        "telephone number",
        Kind.IDENTIFIER,
        "phone|telephone|tel|mobile|landline|fax|phone_?(no|number)",
        "regexp_full_match({t}, '(\\+44|0044|0|\\(0)[0-9 ()\\-]{{8,16}}')",
        alone=0.9,
    ),
    "postcode": Standard(
        "postcode",
        Kind.QUASI,
        "post_?code|pcd|pcds|pcode|zip",
        f"regexp_full_match({_POSTCODE}, '{_POSTCODE_FORM}')",
        _POSTCODE,
        alone=0.8,
    ),
    "address": Standard(
        "address",
        Kind.IDENTIFIER,
        "address|addr|address_?line_?[0-9]*|addr_?[0-9]+|street|street_?address|paon|saon",
        "regexp_matches({t}, '[A-Za-z]{{3}}')",
        share=0.5,
    ),
    "gss": Standard(
        "ONS geography code",
        Kind.QUASI,
        "gss|gss_?code|ward_?code|lsoa[0-9]*(_?cd|_?code)?|msoa[0-9]*(_?cd|_?code)?|lad[0-9]*(_?cd|_?code)?|oa[0-9]*_?cd",
        "regexp_full_match(upper({t}), '[EWSNKLMJ][0-9]{{8}}')",
        "upper({t})",
        alone=0.9,
    ),
    "date-of-birth": Standard(
        "date of birth",
        Kind.QUASI,
        "dob|d_o_b|date_?of_?birth|birth_?date|birthday|born|born_on",
        physical_type="DATE",
        share=0.0,
    ),
    "company-number": Standard(
        "company number",
        Kind.LINK,
        "company_?(no|number|reg_?no|registration_?number)|crn",
        "regexp_full_match(upper({t}), '([0-9]{{8}}|[A-Z]{{2}}[0-9]{{6}})')",
        "upper({t})",
        entity="business",
    ),
    "ods": Standard(
        "NHS organisation code",
        Kind.PLAIN,
        "ods|ods_?code|gp_?code|practice_?code|provider_?code",
        "regexp_full_match(upper({t}), '[A-Z0-9]{{3,10}}')",
        "upper({t})",
    ),
    "person-key": Standard(
        "key of a person",
        Kind.LINK,
        "(person|patient|client|service_?user|citizen|pupil|resident|customer|member|student|child|tenant|learner|"
        "employee|staff)_?(id|key|ref|reference|no|num|number)|upn|pid",
        entity="person",
    ),
    "person-name": Standard(
        "name of a person",
        Kind.IDENTIFIER,
        "name|fore_?names?|sur_?name|first_?names?|given_?names?|last_?name|family_?name|full_?name|middle_?names?|"
        "known_?as|alias|person_?name|(patient|client|tenant|pupil|resident|customer|applicant|licence_?holder|holder)_?name",
        "regexp_matches({t}, '[A-Za-zÀ-ž]')",
    ),
    "household-key": Standard(
        "key of a household",
        Kind.LINK,
        "(household|property|dwelling|tenancy)_?(id|key|ref|no|number)",
        entity="household",
    ),
    "record-reference": Standard(
        "reference of a record",
        Kind.IDENTIFIER,
        "(case|record|application|licence|license|file|claim|referral|account|invoice|incident|certificate)_?"
        "(id|ref|reference|no|number)|reference|ref|(?<!_)id(?!_)",
    ),
}
"""The standards by name, in the order in which they are tried."""

UNNAMED_THING = re.compile(
    r"(street|road|ward|school|ward|file|product|company|organisation|org|business|provider|practice|area|district|region|"
    r"council|team|service|column|column_|site|hospital|trust|country|area|lsoa|msoa|lad|column|scheme|project|event)_?name"
)
"""Names of things, which are not names of people."""

MEANINGS: tuple[tuple[str, Kind], ...] = ((_SPECIAL, Kind.SPECIAL), (_SENSITIVE, Kind.SENSITIVE), (_QUASI, Kind.QUASI))
"""What a column's name says about it when it follows no standard, the most protective first."""

TEXT_NAMES = re.compile(
    r"(^|_)(notes?|comments?|free_?text|narrative|description|details|remarks|summary|message)(_|$)"
)
"""Names of columns of free text, which may hold anything about anyone."""


def valid_sql(standard: str, text: str) -> str:
    """Return a SQL condition: whether the trimmed text expression `text` is a valid value of the standard."""
    return STANDARDS[standard].valid.format(t=text)


def tidy_sql(standard: str, text: str) -> str:
    """Return SQL text: the usual spelling of a valid value, and any other value as it stands."""
    spelt = STANDARDS[standard]
    if spelt.tidy == "{t}":
        return text
    return f"CASE WHEN {valid_sql(standard, text)} THEN {spelt.tidy.format(t=text)} ELSE {text} END"


def standard_by_name(slug: str) -> str:
    """Return the standard that a column's name (small letters, underscores) promises, or an empty string."""
    if UNNAMED_THING.search(slug):
        return ""
    return next((name for name, standard in STANDARDS.items() if standard.called(slug)), "")


SYNTHETIC_NHS = "starts_with(" + _BARE + ", '999')"
"""SQL condition with ``{t}``: an NHS number of the range that is never given to anyone (999 000 0000 and above)."""

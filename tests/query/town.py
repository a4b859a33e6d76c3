"""Contracts of a small town, for tests of the query room."""

from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind


def contract(
    title: str, entities: list[tuple[str, str]], **columns: tuple[str, str] | tuple[str, str, str]
) -> Contract:
    described = tuple(Column(n, "string", c[0], Kind(c[1]), unique=len(c) > 2) for n, c in columns.items())
    return Contract(title, title, "1.0.0", described, tuple(EntityKey(*entity) for entity in entities))


CONTRACTS = {
    "nb/person": contract(
        "person",
        [("person", "person_id"), ("household", "uprn")],
        person_id=("BIGINT", "link", "unique"),
        name=("VARCHAR", "identifier"),
        dob=("DATE", "quasi"),
        sex=("VARCHAR", "quasi"),
        postcode=("VARCHAR", "quasi"),
        uprn=("BIGINT", "link"),
    ),
    "nb/housing": contract(
        "housing",
        [("household", "uprn")],
        uprn=("BIGINT", "link", "unique"),
        tenancy=("VARCHAR", "quasi"),
        ward=("VARCHAR", "quasi"),
        arrears=("DOUBLE", "sensitive"),
    ),
    "nhs/social_care": contract(
        "social_care",
        [("person", "person_id")],
        person_id=("BIGINT", "link"),
        start_date=("DATE", "quasi"),
        need=("VARCHAR", "special"),
        cost=("DOUBLE", "sensitive"),
    ),
    "nhs/survey": contract("survey", [("person", "row")], age=("INTEGER", "quasi"), score=("DOUBLE", "sensitive")),
    "pol/person": contract(
        "person", [("person", "person_id")], person_id=("BIGINT", "link"), category=("VARCHAR", "sensitive")
    ),
}
AGREED = ["nb/person", "nb/housing", "nhs/social_care", "nhs/survey"]

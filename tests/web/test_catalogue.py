from __future__ import annotations

from dataclasses import replace

import pytest
from rdflib import DCAT, RDF, Graph

from commonweal.catalogue import store as catalogue
from commonweal.installation import acts
from commonweal.web.cards import rounded
from tests.web.people import ANALYST, OFFICER, OTHER_STEWARD, OUTSIDER, STEWARD
from tests.web.served import Served


def found(page: str) -> list[str]:
    """Return the datasets on a page of the catalogue, in its order."""
    return [
        part.split('"', 1)[0] for part in page.split('<a class="govuk-link" href="/catalogue/')[1:] if part[:3] != "add"
    ]


@pytest.fixture(scope="module")
def nasty(town: Served) -> str:
    """Add a dataset whose contract holds what would run in a page, were it not escaped; return its reference."""
    with town.installation.reading() as connection:
        housing = catalogue.dataset(connection, "northbank/housing")
    contract = housing.contract
    columns = (
        replace(contract.columns[0], description="<img src=x onerror=alert(1)>"),
        replace(contract.columns[1], name='"><script>alert(2)</script>', description="{{ 7*7 }}"),
    )
    nasty = replace(contract, name="nasty", description="<script>alert(3)</script>", columns=columns)
    return acts.add_dataset(town.installation, replace(housing, name="nasty", contract=nasty)).reference


def test_words_find_and_the_best_comes_first(town: Served) -> None:
    page = town.browser(ANALYST).get("/catalogue", params={"q": "who holds school absence?"}).text
    assert found(page)[0] == "northbank/school"
    assert "who holds school absence?" in page
    nothing = town.browser(ANALYST).get("/catalogue", params={"q": "zebra"}).text
    assert "Nothing was found" in nothing


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"organisation": "riverside_nhs"}, {"riverside_nhs/social_care"}),
        ({"joins": "uprn"}, {"northbank/council_tax", "northbank/housing", "northbank/person"}),
        ({"entity": "household", "q": "arrears"}, {"northbank/housing"}),
        ({"organisation": "nobody"}, set()),
        ({"under": "arrears-and-care", "organisation": "county_police"}, {"county_police/police_incident"}),
        ({"under": "no-such-agreement"}, set()),
    ],
)
def test_filters_narrow_it_down(town: Served, filters: dict[str, str], wanted: set[str]) -> None:
    page = town.browser(ANALYST).get("/catalogue", params=filters)
    assert page.status_code == 200
    assert set(found(page.text)) == wanted


def test_a_card_says_under_which_agreement_one_may_ask(town: Served) -> None:
    assert "You may ask under" in town.browser(ANALYST).get("/catalogue?q=arrears").text
    outsider = town.browser(OUTSIDER).get("/catalogue?q=arrears").text
    assert "No agreement lets you ask about it yet" in outsider
    assert found(town.browser(OUTSIDER).get("/catalogue?under=any").text) == []


def test_exact_numbers_of_rows_are_for_stewards(town: Served) -> None:
    assert "2,597 rows" in town.browser(STEWARD).get("/catalogue?q=arrears").text
    for other in (ANALYST, OFFICER, OTHER_STEWARD):
        page = town.browser(other).get("/catalogue?q=arrears").text
        assert "2,597" not in page
        assert "about 2,600 rows" in page
    assert [rounded(number) for number in (100, 149, 2597, 10_049, 999_999)] == [100, 150, 2600, 10_000, 1_000_000]


def test_pages_follow_each_other(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    from commonweal.web.pages import catalogue as pages

    monkeypatch.setattr(pages, "A_PAGE", 2)
    person, seen, address = town.browser(ANALYST), [], "/catalogue?organisation=northbank"
    for _ in range(9):
        page = person.get(address).text
        seen += found(page)
        if 'rel="next"' not in page:
            break
        address = page.split('rel="next"', 1)[0].rsplit('href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    assert seen == sorted(seen)
    assert {"northbank/council_tax", "northbank/housing", "northbank/person", "northbank/school"} <= set(seen)
    assert len(seen) == len(set(seen))
    assert person.get("/catalogue?page=99").status_code == 200
    assert person.get("/catalogue?page=-1").status_code == 200
    assert person.get("/catalogue?page=x").status_code == 422


def test_what_is_written_in_a_contract_does_not_run(town: Served, nasty: str) -> None:
    for email, path in (
        (ANALYST, "/catalogue?q=nasty"),
        (ANALYST, f"/catalogue/{nasty}"),
        (STEWARD, f"/catalogue/{nasty}"),
        (STEWARD, f"/catalogue/{nasty}/contract"),
        (OFFICER, "/ledger/who"),
    ):
        page = town.browser(email).get(path)
        assert page.status_code == 200
        for live in ("<img src=x", "<script>alert", '"><script', ">49<"):
            assert live not in page.text, (path, live)
    assert "&lt;script&gt;alert(3)" in town.browser(ANALYST).get(f"/catalogue/{nasty}").text


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "\x00", "a" * 5000, "%", "' OR 1=1 --", "\u202e"])
def test_any_words_may_be_looked_for(town: Served, words: str) -> None:
    page = town.browser(ANALYST).get("/catalogue", params={"q": words})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_an_empty_catalogue_says_what_to_do_first(tmp_path_factory: pytest.TempPathFactory) -> None:
    from commonweal.identity.person import Role
    from commonweal.installation import create

    with create(tmp_path_factory.mktemp("empty") / "new") as installation:
        acts.add_organisation(installation, "north", "North")
        acts.add_person(installation, "s@x.example", "north", [Role.STEWARD])
        acts.add_person(installation, "a@x.example", "north", [Role.ANALYST])
        served = Served(installation)
        assert "Add the first one" in served.browser("s@x.example").get("/catalogue").text
        assert "A data steward of an organisation adds" in served.browser("a@x.example").get("/catalogue").text


def test_visitors_harvest_what_is_in_public_agreements_and_no_more(town: Served, nasty: str) -> None:
    feed = town.browser().get("/catalogue.ttl")
    assert feed.status_code == 200
    assert feed.headers["content-type"].startswith("text/turtle")
    graph = Graph().parse(data=feed.text, format="turtle")
    named = {str(each).rpartition("/datasets/")[2] for each in graph.subjects(RDF.type, DCAT.Dataset)}
    assert "northbank/housing" in named
    assert nasty not in named
    assert town.browser().get("/catalogue/northbank/housing.ttl").status_code == 200
    assert town.browser().get(f"/catalogue/{nasty}.ttl").status_code == 404
    assert town.browser(ANALYST).get(f"/catalogue/{nasty}.ttl").status_code == 200
    assert town.browser().get("/catalogue.jsonld").json()["@graph"]
    assert town.browser().get("/catalogue.ttl?page=2").status_code == 404
    again = town.browser().get("/catalogue.ttl", headers={"if-none-match": feed.headers["etag"]})
    assert again.status_code == 304


def test_an_installation_may_keep_its_catalogue_to_itself(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = town.installation.settings
    closed = settings.model_copy(update={"web": settings.web.model_copy(update={"public_catalogue": False})})
    monkeypatch.setattr(town.installation, "settings", closed)
    for path in ("/catalogue.ttl", "/catalogue.jsonld", "/catalogue/northbank/housing.ttl"):
        assert town.browser().get(path).status_code == 303
        assert town.browser(ANALYST).get(path).status_code == 200


def test_the_address_that_names_a_dataset_leads_to_it(town: Served) -> None:
    assert town.browser().get("/datasets/northbank/housing").headers["location"] == "/catalogue/northbank/housing"

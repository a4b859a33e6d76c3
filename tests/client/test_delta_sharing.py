"""Published answers: who may publish what, and what the Delta Sharing protocol hands out of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx2
import pyarrow.parquet as pq
import pytest

from commonweal.agreement.state import Act
from commonweal.errors import BadInput, Conflict, NotAllowed, NotFound
from commonweal.gateway.published.store import Published
from commonweal.identity import tokens
from commonweal.identity.person import Role
from commonweal.installation import acts, agreeing
from commonweal.installation.published_answers import path_of, publish_answer, withdraw_published
from commonweal.ledger.reading import entries
from commonweal.web import signed_links
from tests.acceptance import town as acceptance
from tests.acceptance.town import AGREEMENT
from tests.client.conftest import BY_SHARED_TABLES, FOR_EVERYBODY, METERED, PUBLIC, Place
from tests.web.people import ANALYST, CHECKER, OFFICER, OTHER_OFFICER, OUTSIDER

COUNTS = "select tenancy, count(*) as homes, avg(arrears) as mean from housing group by tenancy order by tenancy"
TABLE = f"/shares/published/schemas/{PUBLIC}/tables/homes"


@pytest.fixture(scope="module")
def published(place: Place) -> Published:
    installation = place.town.installation
    answer = installation.gateway(ANALYST).ask(COUNTS, agreement=PUBLIC)
    assert answer.withheld, "nothing was withheld, so nothing of it is tested"
    return publish_answer(installation, answer.receipt.index, "homes", by=OFFICER)


@pytest.fixture
def get(place: Place, published: Published) -> Iterator[Callable[..., httpx2.Response]]:
    secret = place.token(OUTSIDER)
    with httpx2.Client(base_url=f"{place.url}/delta-sharing", headers={"Authorization": f"Bearer {secret}"}) as http:

        def sent(path: str, **more: object) -> httpx2.Response:
            return http.request("POST" if "json" in more else "GET", path, **more)  # type: ignore[arg-type]

        yield sent


def link_of(get: Callable[..., httpx2.Response]) -> str:
    lines = [json.loads(line) for line in get(f"{TABLE}/query", json={"limitHint": 1}).text.splitlines()]
    assert [next(iter(line)) for line in lines] == ["protocol", "metaData", "file"]
    return str(lines[2]["file"]["url"])


def test_it_is_recorded_and_lies_in_the_installation(place: Place, published: Published) -> None:
    installation = place.town.installation
    with installation.reading() as connection:
        (body,) = [e.body for e in entries(connection, kind="answer.published") if e.body["name"] == "homes"]
    assert body["sha256"] == published.digest
    assert body["answer"] == published.answer
    path = path_of(installation, published)
    assert path.parent == installation.layout.published
    assert path.stat().st_mode & 0o077 == 0


def test_the_lists(get: Callable[..., httpx2.Response]) -> None:
    assert get("/shares").json()["items"] == [{"name": "published", "id": "published"}]
    assert get("/shares/published").json()["share"]["name"] == "published"
    assert {"name": PUBLIC, "share": "published"} in get("/shares/published/schemas").json()["items"]
    for path in ("/shares/published/all-tables", f"/shares/published/schemas/{PUBLIC}/tables"):
        assert "homes" in [each["name"] for each in get(path).json()["items"]]
    for path in ("/shares/other", "/shares/other/schemas", "/shares/published/schemas/none/tables"):
        assert get(path).status_code == 404, path


def test_lists_come_in_pages(place: Place, get: Callable[..., httpx2.Response], published: Published) -> None:
    installation = place.town.installation
    publish_answer(installation, published.answer, "again", by=OTHER_OFFICER)
    names, after = [], ""
    while True:
        page = get("/shares/published/all-tables", params={"maxResults": 1, "pageToken": after}).json()
        names += [each["name"] for each in page["items"]]
        after = page["nextPageToken"]
        if after is None:
            break
    assert names == ["again", "homes"]
    withdraw_published(installation, "again", by=OFFICER)


def test_version_metadata_and_query_name_the_version(get: Callable[..., httpx2.Response], published: Published) -> None:
    for response in (get(f"{TABLE}/version"), get(f"{TABLE}/metadata"), get(f"{TABLE}/query", json={})):
        assert response.status_code == 200
        assert response.headers["delta-table-version"] == str(published.entry)
    about = json.loads(get(f"{TABLE}/metadata").text.splitlines()[1])["metaData"]
    assert about["format"] == {"provider": "parquet"}
    fields = json.loads(about["schemaString"])["fields"]
    assert [(each["name"], each["type"]) for each in fields] == [
        ("tenancy", "string"),
        ("homes", "long"),
        ("mean", "double"),
    ]
    missing = get(f"{TABLE}x/version")
    assert missing.status_code == 404
    assert missing.json()["errorCode"] == "NOT-FOUND" and missing.json()["message"]
    assert get(f"{TABLE}/query", json={"version": 0}).status_code == 422


def test_the_file_is_the_answer(place: Place, get: Callable[..., httpx2.Response], published: Published) -> None:
    link = link_of(get)
    body = httpx2.get(link).content  # without the token, as clients fetch it
    assert len(body) == published.size
    table = pq.read_table(io.BytesIO(body))
    answer = place.town.installation.gateway(ANALYST).answers.open(published.answer).answer
    assert table.to_pylist() == answer.to_arrow().to_pylist()
    said = json.loads(table.schema.metadata[b"commonweal"])
    assert said["receipt"]["index"] == published.answer
    assert said["withheld"]


def test_links_answer_head_and_ranges_more_than_once(get: Callable[..., httpx2.Response], published: Published) -> None:
    link = link_of(get)
    for _ in range(2):
        head = httpx2.head(link)
        assert head.status_code == 200
        assert int(head.headers["content-length"]) == published.size
        part = httpx2.get(link, headers={"Range": "bytes=0-3"})
        assert part.status_code == 206
        assert part.content == b"PAR1"


def test_a_link_ends_and_cannot_be_made_up(
    place: Place, get: Callable[..., httpx2.Response], published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = link_of(get)
    assert httpx2.get(link).status_code == 200
    url = httpx2.URL(link)
    for name, value in (
        ("until", "9999999999"),
        ("mark", "0" * 64),
        ("entry", "1"),
        ("token", "0" * 64),
        ("mark", "é"),
    ):
        assert httpx2.get(url.copy_set_param(name, value)).status_code == 403, name
    assert httpx2.get(link.replace("homes.parquet", "..%2Fcommonweal.toml")).status_code == 404
    monkeypatch.setattr(signed_links, "SECONDS", -1)
    assert httpx2.get(link_of(get)).status_code == 403


def test_a_revoked_token_and_its_links_work_no_longer(place: Place, published: Published) -> None:
    installation, secret = place.town.installation, place.token()
    headers = {"Authorization": f"Bearer {secret}"}
    queried = httpx2.post(f"{place.url}/delta-sharing{TABLE}/query", headers=headers, json={})
    link = json.loads(queried.text.splitlines()[2])["file"]["url"]
    assert httpx2.get(link).status_code == 200
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        token = tokens.find(connection, secret, now)
        assert token is not None
        tokens.revoke(connection, ANALYST, token.id, now)
    assert httpx2.get(link).status_code == 403
    assert httpx2.get(f"{place.url}/delta-sharing/shares", headers=headers).status_code == 401


def test_only_a_token_opens_it(place: Place, published: Published) -> None:
    assert httpx2.get(f"{place.url}/delta-sharing/shares").status_code == 401
    signed_in = place.town.browser(OFFICER)
    assert signed_in.get("/delta-sharing/shares").status_code == 401
    assert signed_in.post(f"/delta-sharing{TABLE}/query", json={}).status_code in {401, 403}
    assert signed_in.get("/published/homes.parquet").status_code == 404


def test_only_officers_of_a_party_publish_and_withdraw(place: Place, published: Published) -> None:
    installation = place.town.installation
    for person in (ANALYST, CHECKER):
        with pytest.raises((NotAllowed, NotFound)):
            publish_answer(installation, published.answer, "mine", by=person)
        with pytest.raises(NotAllowed):
            withdraw_published(installation, "homes", by=person)
    acts.add_organisation(installation, "elsewhere", "Elsewhere")
    acts.add_person(installation, "officer@elsewhere.example", "elsewhere", [Role.OFFICER], "Else Where")
    with pytest.raises(NotFound):
        publish_answer(installation, published.answer, "mine", by="officer@elsewhere.example")
    with pytest.raises(NotAllowed):
        withdraw_published(installation, "homes", by="officer@elsewhere.example")


def test_only_where_the_agreement_allows_it(place: Place, published: Published) -> None:
    installation = place.town.installation
    other = installation.gateway(ANALYST).ask(COUNTS, agreement=AGREEMENT).receipt.index
    with pytest.raises(Conflict, match="does not allow"):
        publish_answer(installation, other, "other", by=OFFICER)
    for text, why in (("public: false", "not public"),):
        acceptance.share(
            installation, FOR_EVERYBODY.replace(f"id: {PUBLIC}", "id: hidden-care").replace("public: true", text)
        )
        number = installation.gateway(ANALYST).ask(COUNTS, agreement="hidden-care").receipt.index
        with pytest.raises(Conflict, match=why):
            publish_answer(installation, number, "hidden", by=OFFICER)
    with pytest.raises(Conflict, match="published already"):
        publish_answer(installation, published.answer, "homes", by=OFFICER)
    for name in ("../homes", "Homes", "", "a" * 64):
        with pytest.raises(BadInput):
            publish_answer(installation, published.answer, name, by=OFFICER)


def test_margins_are_columns_beside_their_numbers(place: Place) -> None:
    installation = place.town.installation
    text = BY_SHARED_TABLES.replace(f"id: {METERED}", "id: shared-published").replace(
        "onward_sharing: none", "onward_sharing: published"
    )
    acceptance.share(installation, text)
    answer = installation.gateway(ANALYST).ask(COUNTS, agreement="shared-published")
    assert answer.margins
    made = publish_answer(installation, answer.receipt.index, "with_margins", by=OFFICER)
    table = pq.read_table(path_of(installation, made))
    assert table.column_names == ["tenancy", "homes", "homes low", "homes high", "mean", "mean low", "mean high"]
    first = next(margin for margin in answer.margins if margin.column == "homes").as_dict()
    assert table.column("homes low")[first["row"]].as_py() == first["low"]
    withdraw_published(installation, "with_margins", by=OFFICER)
    assert not path_of(installation, made).exists()


def test_nothing_is_handed_out_while_the_agreement_is_suspended(
    place: Place, get: Callable[..., httpx2.Response], published: Published
) -> None:
    installation, link = place.town.installation, link_of(get)
    agreeing.happen(installation, Act.SUSPEND, PUBLIC, "northbank", "a test asks", by=OFFICER)
    assert httpx2.get(link).status_code == 404
    assert get(f"{TABLE}/version").status_code == 404
    agreeing.happen(installation, Act.RESUME, PUBLIC, "northbank", "it is over", by=OFFICER)
    assert httpx2.get(link).status_code == 200


def test_by_the_api(place: Place, published: Published) -> None:
    api = httpx2.Client(base_url=f"{place.url}/api")
    officer = place.town.browser(OFFICER)
    assert any(each["name"] == "homes" for each in officer.get("/api/published").json()["published"])
    elsewhere = {"sec-fetch-site": "cross-site"}
    path = f"/api/answers/{published.answer}/publish"
    assert officer.post(path, json={"name": "x"}, headers=elsewhere).status_code == 403
    assert place.town.browser(ANALYST).post(path, json={"name": "x"}).status_code == 403
    with EndingToken(place, OFFICER) as headers:
        made = api.post(f"/answers/{published.answer}/publish", json={"name": "by_api"}, headers=headers)
        assert made.status_code == 201, made.text
        assert made.json()["answer"] == published.answer
        assert (
            api.post(f"/answers/{published.answer}/publish", json={"name": "by_api"}, headers=headers).status_code
            == 409
        )
        assert api.delete("/published/by_api", headers=headers).status_code == 204
        assert api.delete("/published/by_api", headers=headers).status_code == 404
    narrow = {"Authorization": f"Bearer {place.token(OFFICER, METERED)}"}
    assert api.post(f"/answers/{published.answer}/publish", json={"name": "y"}, headers=narrow).status_code == 404
    assert api.delete("/published/homes", headers=narrow).status_code == 409
    api.close()


class EndingToken:
    """The header of a token that ends with the block."""

    def __init__(self, place: Place, email: str) -> None:
        self.place, self.email = place, email

    def __enter__(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.place.token(self.email)}"}

    def __exit__(self, *_error: object) -> None:
        with self.place.town.installation.transaction() as connection:
            tokens.revoke_all(
                connection, self.email, self.place.town.installation.ledger.now(connection) + timedelta(0)
            )

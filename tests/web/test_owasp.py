"""What attackers try first (OWASP Top 10, WSTG), over every route there is: forged, injected, elsewhere, too much."""

from __future__ import annotations

import csv
import io
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from commonweal.harmless import harmless
from commonweal.identity import passwords
from commonweal.identity.passwords import hash_of
from commonweal.installation import listening
from commonweal.web.guard import HEADERS, LONGEST_BODY
from tests.web import served
from tests.web.bodies import bodies_of
from tests.web.lived_in import TWO, at, bearer, live
from tests.web.people import ADMINISTRATOR, ANALYST, OFFICER, STEWARD
from tests.web.routes import ROUTES, Who
from tests.web.served import BASE, Served, csrf, sent

GETS = [route.removeprefix("GET ") for route in ROUTES if route.startswith("GET ")]
UNSAFE = [route for route in ROUTES if not route.startswith("GET ")]
ACTS_AS = {
    Who.STEWARDS: STEWARD,
    Who.STEWARDS_OF_OWNER: STEWARD,
    Who.ADMINISTRATORS: ADMINISTRATOR,
    Who.ADMINISTRATORS_OF_OWN: ADMINISTRATOR,
    Who.NAMED: ANALYST,
    Who.OWNER: ANALYST,
}
"""Who may use a route, so that a refusal has no other reason than the one that is tested; officers for the rest."""

Known = dict[str, str]


@pytest.fixture(scope="module")
def town(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served.copied(built, tmp_path_factory.mktemp("attacked") / "town") as installation:
        yield Served(installation)


@pytest.fixture(scope="module")
def known(town: Served) -> Known:
    return live(town, agreement=TWO)


@pytest.fixture(scope="module")
def bodies(town: Served, known: Known) -> dict[str, dict[str, Any]]:
    return bodies_of(town)


# --- forged requests


@pytest.mark.parametrize("route", UNSAFE)
def test_nothing_is_done_for_another_site(
    town: Served, known: Known, bodies: dict[str, dict[str, Any]], route: str
) -> None:
    method, pattern = route.split(" ", 1)
    person = town.browser(ACTS_AS.get(ROUTES[route].who, OFFICER), second_factor=True)
    address, said = at(pattern, known), dict(bodies.get(route, {}))
    own = said.pop("headers", {})
    if not pattern.startswith("/api/"):
        said = {"data": {"csrf": csrf(person.get("/you"))}}
        for mark in ({}, {"csrf": ""}, {"csrf": csrf(town.browser(OFFICER).get("/you"))}, {"csrf": "é"}):
            assert person.request(method, address, data=mark).status_code == 403, mark
    for forged in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "same-site"},
    ):
        assert person.request(method, address, headers=own | forged, **said).status_code == 403, forged
    if "json" in said:  # what a form of another site can send without being asked: text/plain
        plain = {"content": httpx2.Request("POST", BASE, json=said["json"]).content}
        assert person.request(method, address, headers={"content-type": "text/plain"}, **plain).status_code == 422


# --- every answer


@pytest.mark.parametrize("pattern", GETS)
def test_every_answer_has_its_headers_and_head_is_get_without_the_body(
    town: Served, known: Known, pattern: str
) -> None:
    who = ROUTES[f"GET {pattern}"].who
    for email in {ACTS_AS.get(who, OFFICER), None}:
        person, address = town.browser(email, second_factor=True), at(pattern, known)
        got = person.get(address)
        headed = person.head(address)
        assert got.status_code < 500
        _is_safe(got)
        _is_safe(headed)
        assert (headed.status_code, headed.content) == (got.status_code, b"")
        assert headed.headers.get("content-type") == got.headers.get("content-type")
        assert "content-length" in headed.headers or got.status_code in {204, 304}


def _is_safe(answer: httpx2.Response) -> None:
    for name in HEADERS:
        assert name in answer.headers, name
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy or "script-src 'self';" in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "cache-control" in answer.headers
    assert "server" not in answer.headers
    if answer.status_code in {301, 302, 303, 307, 308}:
        where = answer.headers["location"]
        assert urlsplit(where).netloc in {"", urlsplit(BASE).netloc}, where
    if "content-disposition" in answer.headers:
        assert re.fullmatch(r'(attachment|inline); filename="[A-Za-z0-9._@-]+"', answer.headers["content-disposition"])


def test_errors_have_the_headers_too(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    person = town.browser(OFFICER)
    answers = [
        (404, person.get("/nothing-here")),
        (404, person.get("/api/nothing-here")),
        (404, person.get("/static/nothing-here.css")),
        (405, person.post("/catalogue")),
        (405, person.request("DELETE", "/api/datasets")),
        (400, person.get("/", headers={"host": "evil.example"})),
        (422, person.get("/answers?before=x")),
        (422, person.get("/api/answers?limit=x")),
    ]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a value of the data")

    monkeypatch.setattr("commonweal.web.pages.jobs.queue.jobs_of", broken)
    answers += [(500, person.get("/jobs")), (500, person.get("/api/jobs")), (500, person.head("/jobs"))]
    for status, answer in answers:
        assert answer.status_code == status, answer.url
        _is_safe(answer)
        assert "a value of the data" not in answer.text
    assert answers[-2][1].headers["content-type"] == "application/problem+json"


def test_a_failure_is_not_told_to_the_server_which_would_log_its_words(
    town: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a value of the data")

    monkeypatch.setattr("commonweal.web.pages.jobs.queue.jobs_of", broken)
    strict = TestClient(town.application, base_url=BASE, raise_server_exceptions=True)
    strict.cookies = town.browser(OFFICER).cookies
    assert strict.get("/jobs").status_code == 500


# --- addresses


CLIMBING = (
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2fcommonweal.toml",
    "..%5c..%5ckeys",
    "%00",
    "x%00.csv",
    "%0d%0aX-Evil:%20yes",
    "%c0%ae%c0%ae%2f",
    "a" * 3000,
    "%f0%9f%92%a5",
    "'%20or%201=1--",
    "~",
    "__proto__",
)


@pytest.mark.parametrize("pattern", [each for each in GETS if "{" in each])
def test_names_in_addresses_lead_nowhere_else(town: Served, known: Known, pattern: str) -> None:
    person = town.browser(ACTS_AS.get(ROUTES[f"GET {pattern}"].who, OFFICER), second_factor=True)
    for evil in CLIMBING:
        address = re.sub(r"\{[^}]+\}", lambda _, evil=evil: evil, pattern)
        answer = person.get(address)
        assert answer.status_code in {303, 400, 403, 404, 422}, (address[:80], answer.status_code)
        assert "x-evil" not in answer.headers
        assert "root:" not in answer.text
        _is_safe(answer)


def test_static_files_are_those_of_the_folder(town: Served) -> None:
    for path in ("/static/..%2fguard.py", "/static/../guard.py", "/static//etc/passwd", "/static/%2e%2e/guard.py"):
        assert town.browser().get(path).status_code == 404, path


EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"


@pytest.mark.parametrize("pattern", GETS)
def test_what_an_address_asks_is_only_words(town: Served, known: Known, pattern: str) -> None:
    names = ("q", "words", "person", "dataset", "agreement", "kind", "since", "until", "of", "under", "done", "next")
    names += ("about", "named", "reason", "sql", "from", "to", "version", "format", "leaf", "cursor", "state", "code")
    person = town.browser(ACTS_AS.get(ROUTES[f"GET {pattern}"].who, OFFICER), second_factor=True)
    for name in names:
        answer = person.get(at(pattern, known), params={name: EVIL})
        assert answer.status_code < 500, name
        _is_safe(answer)
        if answer.headers.get("content-type", "").startswith(("text/html", "image/svg")):
            assert "<script>alert" not in answer.text, name
            assert "<img src=x" not in answer.text, name
            assert " 49" not in answer.text.partition("onerror")[2][:40], name


ELSEWHERE = ("//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "\\\\evil.example")


@pytest.mark.parametrize("where", ELSEWHERE)
def test_going_on_stays_here(town: Served, where: str) -> None:
    person = town.browser(OFFICER, second_factor=True)
    for address in ("/sign-in", "/confirm", "/sign-in/organisation"):
        for browser in (person, town.browser()):
            answer = browser.get(address, params={"next": where})
            assert not re.search(r"""(href|action)=["'](https?:)?[/\\]{2}evil""", answer.text)
            _is_safe(answer)
    away = town.browser().get("/" + where.replace("\t", "%09"))
    assert "evil" not in urlsplit(away.headers.get("location", "")).netloc


def test_the_host_that_is_said_is_nowhere_believed(town: Served, known: Known) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:8765", "", "127.0.0.1@evil.example"):
        assert town.browser().get("/", headers={"host": host}).status_code == 400, host
    forwarded = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-host": "evil.example"}
    person = town.browser(OFFICER, second_factor=True)
    for pattern in GETS:
        assert "evil.example" not in person.get(at(pattern, known), headers=forwarded).text, pattern
        assert ":9999" not in person.get(at(pattern, known), headers={"host": "localhost:9999"}).text, pattern


# --- what is stored


def test_no_cell_of_a_served_csv_is_a_formula(town: Served, known: Known) -> None:
    for words in ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", " =1+1", "\uff1d1+1", '=HYPERLINK("http://evil.example")'):
        comment = listening.receive_comment(town.installation, TWO, f"{words} is what I say", name=words)
        listening.publish_comment(town.installation, comment.id, "northbank", by=OFFICER)
    person = town.browser(OFFICER)
    routes = [each for each in GETS if "csv" in each] + ["/answers/{number}/download/{form}"]
    assert len(routes) >= 3
    for pattern in routes:
        _has_no_formula(person.get(at(pattern, known)))
    accept = {"accept": "text/csv"}
    _has_no_formula(person.get(at("/api/ledger/reports/{index}", known), headers=accept))
    _has_no_formula(person.get(at("/api/answers/{number}", known), headers=accept))
    assert "'=1+1" in person.get(at("/register/{identifier}/comments.csv", known)).text


def _has_no_formula(answer: httpx2.Response) -> None:
    assert answer.status_code == 200, answer.url
    assert answer.headers["content-type"].startswith("text/csv")
    for row in csv.reader(io.StringIO(answer.text)):
        for cell in row:
            number = re.fullmatch(r"-?[0-9.e+-]+", cell)
            assert number or not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d")), cell


@given(st.text())
def test_harmless_text_is_never_a_formula_and_ends_as_it_was(text: str) -> None:
    made = harmless(text)
    assert made.endswith(text)
    assert not made.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))


# --- sessions and cookies


def give_password(town: Served, email: str) -> str:
    with town.installation.transaction() as connection:
        passwords.set_password(
            connection, email, hash_of("amber otter ladder"), town.installation.ledger.now(connection)
        )
    return "amber otter ladder"


def test_a_session_that_was_there_before_is_not_gone_on_with(town: Served) -> None:
    password = give_password(town, ANALYST)
    browser = town.browser()
    browser.cookies.set("commonweal-session", "a" * 43)
    answer = sent(browser, "/sign-in", {"email": ANALYST, "password": password})
    assert answer.status_code == 303
    given = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("commonweal-session="))
    assert "a" * 43 not in given
    fixed = town.browser()
    fixed.cookies.set("commonweal-session", "a" * 43)
    assert fixed.get("/you").status_code == 303


def test_cookies_over_https_are_this_hosts_alone(built: Path, tmp_path: Path) -> None:
    with served.copied(built, tmp_path / "town") as installation:
        web = installation.settings.web.model_copy(update={"url": "https://data.example"})
        installation.settings = installation.settings.model_copy(update={"web": web})
        town = Served(installation)
        password = give_password(town, ANALYST)
        browser = TestClient(town.application, base_url="https://data.example", follow_redirects=False)
        page = browser.get("/sign-in")
        assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        form = {"csrf": csrf(page), "email": ANALYST, "password": password}
        answer = browser.post("/sign-in", data=form, headers={"origin": "https://data.example"})
        cookies = page.headers.get_list("set-cookie") + answer.headers.get_list("set-cookie")
        assert answer.status_code == 303
        assert len(cookies) >= 3
        for cookie in cookies:
            name, *flags = (part.strip().lower() for part in cookie.split(";"))
            assert name.startswith("__host-commonweal")
            assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(flags)
            assert not any(flag.startswith("domain") for flag in flags)
        assert browser.get("/", headers={"host": "127.0.0.1"}).status_code == 400


# --- too much, and what is no request


def test_more_than_may_be_sent_is_refused(town: Served) -> None:
    person, much = town.browser(OFFICER), b"x" * (LONGEST_BODY + 1)
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert person.post("/sign-out", content=much, headers=form).status_code == 413
    program = person.post("/api/agreements/check", content=much, headers={"content-type": "application/json"})
    assert program.status_code == 413
    assert program.headers["content-type"] == "application/problem+json"
    _is_safe(program)
    parts = {f"x{number}": "y" for number in range(9000)}
    assert person.post("/sign-out", data=parts).status_code in {400, 413}


BROKEN = (
    ("multipart/form-data", b"--x\r\n\r\n--x--"),
    ("multipart/form-data; boundary=x", b""),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\ny\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nnever ends'),
    ("multipart/form-data; boundary=x", b"no boundary at all"),
    ("multipart/form-data; boundary=" + "x" * 5000, b"--x"),
    (
        "multipart/form-data; boundary=x; charset=nonsense",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n',
    ),
    ("application/x-www-form-urlencoded", b"%ff%fe=%00&csrf=%zz"),
    ("text/plain", b"csrf=x"),
    ("", b"\x00\x01"),
)


@pytest.mark.parametrize(("kind", "content"), BROKEN)
def test_what_is_no_form_is_refused_and_leaves_nothing(town: Served, kind: str, content: bytes) -> None:
    person = town.browser(STEWARD)
    for address in ("/catalogue/add", "/sign-in", "/api/datasets", "/api/questions"):
        answer = person.post(address, content=content, headers={"content-type": kind})
        assert answer.status_code in {400, 403, 415, 422}, (address, answer.status_code)
        _is_safe(answer)
    uploads = town.installation.layout.uploads
    assert not uploads.exists() or not list(uploads.iterdir())


# --- what people name: files and places


def test_no_file_and_no_place_is_opened_because_somebody_names_it(
    town: Served, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[object] = []
    real = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda self, to: called.append(to) or real(self, to))
    person = town.browser(STEWARD, second_factor=True)
    names = (
        "/etc/passwd",
        "../../../../etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "s3://x/y",
        "a\r\nX: y",
    )
    for number, name in enumerate(names):
        form = {"csrf": csrf(person.get("/you")), "name": f"named{number}"}
        answer = person.post("/catalogue/add", data=form, files={"file": (name, b"a,b\n1,2\n3,4\n", "text/csv")})
        assert answer.status_code in {200, 422}, name
        assert "root:" not in answer.text
    ask = bearer(town, ANALYST, TWO)
    for source in (
        "read_csv('/etc/passwd')",
        "read_text('/etc/passwd')",
        "'/etc/passwd'",
        "read_parquet('http://169.254.169.254/x')",
        "glob('/*')",
        "sqlite_scan('/etc/passwd', 'x')",
    ):
        body = {"sql": f"select count(*) as n from {source}", "agreement": TWO}
        answer = town.browser().post("/api/questions", json=body, headers=ask)
        assert answer.status_code in {400, 403, 404, 422}, source
        assert "root:" not in answer.text
    outside = [each for each in called if isinstance(each, tuple)]
    assert not outside

"""The register as files: opened from the disk in a real browser, with no server, no script and nothing from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree as Xml

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser

from commonweal.cli.main import execute
from commonweal.errors import Conflict
from commonweal.installation.listening import answer_comment, publish_comment, receive_comment
from commonweal.web import register_export
from commonweal.web.register_export import export_register
from tests.web.browser import SIZES, TAGS
from tests.web.people import ANALYST, OFFICER
from tests.web.served import Served

PAGES = ("index.html", "statistics.html", "arrears-and-care/index.html")


@pytest.fixture(scope="module")
def exported(town: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    installation = town.installation
    comment = receive_comment(installation, "arrears-and-care", "Is <b>this</b> needed?", name="Jo")
    publish_comment(installation, comment.id, "northbank", by=OFFICER)
    answer_comment(installation, comment.id, "northbank", "Yes.", by=OFFICER)
    installation.gateway(ANALYST).ask(
        "select tenancy, count(*) from housing group by tenancy", agreement="arrears-and-care"
    )
    folder = tmp_path_factory.mktemp("export") / "register"
    export_register(installation, folder)
    return folder


def test_every_page_is_fit_for_everyone_from_the_disk(exported: Path, chrome: Browser) -> None:
    context = chrome.new_context()
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.on("console", lambda said: complaints.append(said.text))
    for name in PAGES:
        page.goto((exported / name).as_uri())
        assert page.evaluate("document.styleSheets.length") == 1
        for width, height in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.set_viewport_size({"width": 1280, "height": 900})
        page.evaluate(Path(AXE_FILE_PATH).read_text())
        found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}, preload: false})", TAGS)
        assert not found["violations"], [each["id"] for each in found["violations"]]
    assert asked and all(each.startswith(exported.as_uri()) for each in asked), asked
    assert not complaints
    context.close()


def test_its_links_are_followed_in_the_browser(exported: Path, chrome: Browser) -> None:
    context = chrome.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((exported / "index.html").as_uri())
    page.get_by_role("link", name="Rent arrears").click()
    assert page.title().startswith("Rent arrears")
    assert "Is <b>this</b> needed?" in page.inner_text("main") and "Yes." in page.inner_text("main")
    page.get_by_role("link", name="All agreements").click()
    page.get_by_role("link", name="How it is used").click()
    assert "Questions by month" in page.inner_text("main")
    context.close()


def test_every_link_leads_to_a_file_or_out(exported: Path) -> None:
    pages = list(exported.rglob("*.html"))
    assert {str(path.relative_to(exported)) for path in pages} == set(PAGES)
    for path in pages:
        text = path.read_text()
        assert not re.search(r"<(script|form|iframe|object|embed|base)\b|\son\w+=|style=", text)
        for address in re.findall(r'(?:href|src)="([^"]*)"', text):
            parts = urlsplit(address)
            if parts.scheme in {"https", "mailto"}:
                continue
            assert not parts.scheme and not parts.netloc and not address.startswith("/"), address
            target = urldefrag(urljoin(path.as_uri(), address))[0]
            assert Path(unquote(urlsplit(target).path)).is_file(), address


def test_what_is_there_reads_as_what_it_is(exported: Path) -> None:
    told = json.loads((exported / "agreements.json").read_text())
    link = told["agreements"][0]["agreement"]["link"]
    assert (exported / link).is_file()
    feed = Xml.fromstring((exported / "feed.xml").read_text())
    for each in feed.iter("{http://www.w3.org/2005/Atom}link"):
        assert (exported / each.attrib["href"]).is_file()
    assert json.loads((exported / "statistics.json").read_text())["questions"]["answered"] == 1
    assert (exported / "checkpoint.txt").read_text().startswith("town\n")


def test_it_is_checked_by_its_own_program(exported: Path) -> None:
    command = ["sh", "../static/check.sh", "arrears-and-care-1.tlog-proof", "../key.txt", "arrears-and-care-1.json"]
    done = subprocess.run(
        command, cwd=exported / "arrears-and-care", capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0, done.stderr
    assert "is the document that was recorded" in done.stdout


def test_it_is_whole_or_not_there(town: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(register_export, "comments_as_csv", broken)
    with pytest.raises(Exception, match="could not be written"):
        export_register(town.installation, tmp_path / "register")
    assert list(tmp_path.iterdir()) == []


def test_it_writes_over_nothing(town: Served, tmp_path: Path) -> None:
    (tmp_path / "register").mkdir()
    with pytest.raises(Conflict):
        export_register(town.installation, tmp_path / "register")
    assert list((tmp_path / "register").iterdir()) == []


def test_a_page_that_is_no_file_cannot_be_linked(town: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_export, "_OF_THE_REGISTER", {"/register": "index.html"})
    with pytest.raises(KeyError):
        export_register(town.installation, tmp_path / "register")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_and_shows(town: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ["--installation", str(town.installation.folder)]
    assert execute([*here, "register", "export", str(tmp_path / "out"), "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert "index.html" in files and (tmp_path / "out" / "index.html").is_file()
    assert execute([*here, "register", "export", str(tmp_path / "out")]) == 1
    capsys.readouterr()
    assert execute([*here, "register", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["agreements"][0]["id"] == "arrears-and-care"
    assert execute([*here, "register", "show", "arrears-and-care", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["benefits"]
    assert execute([*here, "register", "show", "not-there"]) == 4
    assert "Rent arrears" in subprocess.run(
        [sys.executable, "-m", "commonweal.cli.main", *here, "register", "show"],
        capture_output=True, text=True, env={"PYTHONPATH": str(Path("src").resolve()), "PATH": "/usr/bin"},
    ).stdout  # fmt: skip


def test_incidents_and_comments_from_the_terminal(town: Served, capsys: pytest.CaptureFixture[str]) -> None:
    here = ["--installation", str(town.installation.folder)]
    incident = ["incident", "add", "arrears-and-care", "--as", "northbank", "--happened", "2026-11-01"]
    words = ["--what", "It was late.", "--done", "We hurried.", "--told-ico", "not-needed", "--affected", "nobody"]
    assert execute([*here, *incident, *words, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)["incident"]
    assert execute([*here, "incident", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["incidents"][0]["id"] == made["id"]
    assert execute([*here, *incident[:4], "elsewhere", *incident[5:], *words]) == 5
    assert execute([*here, *incident, *words[:-1], "a-few"]) == 2
    comment = receive_comment(town.installation, "arrears-and-care", "From the terminal")
    capsys.readouterr()
    assert execute([*here, "comment", "publish", comment.id, "--as", "northbank"]) == 0
    assert execute([*here, "comment", "answer", comment.id, "Thank you.", "--as", "county_police"]) == 0
    assert execute([*here, "comment", "reject", comment.id, "--as", "northbank", "--reason", "x"]) == 1
    capsys.readouterr()
    assert execute([*here, "comment", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["comments"]
    assert next(each for each in found if each["id"] == comment.id)["answered_by"] == "county_police"

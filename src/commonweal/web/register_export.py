"""The whole public register as plain files, through the same templates: hosted anywhere, opened from a disk, kept for ever.

Nothing in it needs a script, a form or this server; every link leads to a file beside it, or out into the world.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from commonweal.agreement.register import atrs, dea
from commonweal.agreement.register.as_json import agreement_as_dict, comments_as_csv, plain, statistics_as_dict
from commonweal.agreement.register.feed import feed_of
from commonweal.agreement.register.public import PublicAgreement, Register
from commonweal.agreement.register.search import Wanted
from commonweal.errors import Conflict, Unavailable
from commonweal.held import HeldFolder
from commonweal.installation import Installation
from commonweal.installation.register import PublicRegister, public_register
from commonweal.web.page import Page
from commonweal.web.register_pages import agreement_page, register_page, statistics_page
from commonweal.web.static import FOLDER
from commonweal.web.templates import Templates

_STATIC = ("commonweal.css", "icon.svg", "check.sh")
_OF_THE_REGISTER = {
    "/register": "index.html",
    "/register/statistics": "statistics.html",
    "/register/feed.xml": "feed.xml",
    "/register/agreements.json": "agreements.json",
    "/register/checkpoint.txt": "checkpoint.txt",
    "/register/key.txt": "key.txt",
} | {f"/static/{name}": f"static/{name}" for name in _STATIC}


class RegisterFiles:
    """The files of one register at one moment, by name; `at` is the name of the file that a page goes into."""

    def __init__(self, installation: Installation, register: Register, known: PublicRegister) -> None:
        """Take the installation, the register as it is, and where proofs come from."""
        self._templates = Templates(installation)
        self._base = f"{installation.settings.web.url}/register"
        self._key = str(installation.ledger.key)
        self._register = register
        self._known = known
        self._places = _OF_THE_REGISTER | {
            address: name for each in register.agreements for address, name in _places_of(each)
        }

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield every file: its name with slashes, and what it holds."""
        register, every = self._register, self._register.agreements
        yield "index.html", self._page("index.html", "register/list.html", register_page(register, Wanted()))
        page = statistics_page(register.statistics)
        yield "statistics.html", self._page("statistics.html", "register/statistics.html", page)
        yield "statistics.json", _json(statistics_as_dict(register.statistics))
        yield "feed.xml", feed_of(register, base=self._base, relative=True)
        yield "agreements.json", _json(dea.page_of(every, 1, max(len(every), 1), "."))
        yield "checkpoint.txt", self._known.checkpoint().encode()
        yield "key.txt", f"{self._key}\n".encode()
        for name in _STATIC:
            yield f"static/{name}", (FOLDER / name).read_bytes()
        for agreement in every:
            yield from self._of(agreement)

    def _of(self, agreement: PublicAgreement) -> Iterator[tuple[str, bytes]]:
        folder = agreement.slug
        fields = atrs.draft(agreement, f"{self._base}/{folder}")
        page = agreement_page(agreement, self._key)
        yield f"{folder}/index.html", self._page(f"{folder}/index.html", "register/agreement.html", page)
        yield f"{folder}/agreement.json", _json(agreement_as_dict(agreement))
        yield f"{folder}/register.json", _json({"agreement": dea.one_of(agreement, "..")})
        yield f"{folder}/atrs.json", _json(atrs.as_dict(fields))
        yield f"{folder}/atrs.md", atrs.as_markdown(fields, agreement.title).encode()
        yield f"{folder}/comments.json", _json(plain(agreement.comments))
        yield f"{folder}/comments.csv", comments_as_csv(agreement.comments).encode()
        for address, name in _proven(agreement):
            made = self._known.receipt(agreement).proof.encode() if address.endswith("proof") else agreement.document
            yield name, made

    def _page(self, name: str, template: str, page: Page) -> bytes:
        values: dict[str, Any] = {
            "page": page,
            "asker": None,
            "csrf": "",
            "notice": None,
            "path": "",
            "exported": True,
            "exported_at": self._register.at,
            "link": self._links_from(name),
        }
        return self._templates.render(template, values).encode()

    def _links_from(self, name: str) -> Callable[[str], str]:
        """Return what makes the address of a page of ours the way to its file; KeyError for a page that is no file."""
        folder = posixpath.dirname(name)
        return lambda address: quote(posixpath.relpath(self._places[address], folder or "."))


def export_register(installation: Installation, folder: Path) -> tuple[str, ...]:
    """Write the register into a new folder, whole or not at all; return the names of its files.

    `Conflict` when there is something of that name already, `Unavailable` when it cannot be written there.
    """
    folder = folder.absolute()
    if folder.exists():
        raise Conflict(
            f"There is something called {folder.name} already.",
            why="An export is whole or not at all, and writes over nothing.",
            remedy="Name a folder that is not there, and put it in the place of the old one afterwards.",
        )
    known = public_register(installation)
    files = RegisterFiles(installation, known.read(), known)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return _written(folder, files)
    except OSError as error:
        raise Unavailable(
            "The register could not be written.",
            why=f"The operating system says: {error.strerror or type(error).__name__}.",
            remedy="Choose a place where you may write and that has room. Nothing was left behind.",
        ) from error


def _written(folder: Path, files: RegisterFiles) -> tuple[str, ...]:
    making = HeldFolder(folder.parent, f".{folder.name}.making-")
    try:
        inside = making.path / "register"
        names = []
        for name, content in files.files():
            path = inside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            names.append(name)
        for each in (inside, *(path for path in inside.rglob("*"))):
            each.chmod(0o755 if each.is_dir() else 0o644)
        inside.rename(folder)
        return tuple(sorted(names))
    finally:
        making.remove()


def _places_of(agreement: PublicAgreement) -> Iterator[tuple[str, str]]:
    address, folder = f"/register/{agreement.slug}", agreement.slug
    yield address, f"{folder}/index.html"
    for name in ("agreement.json", "register.json", "atrs.json", "atrs.md", "comments.json", "comments.csv"):
        yield f"{address}/{name}", f"{folder}/{name}"
    yield from _proven(agreement)


def _proven(agreement: PublicAgreement) -> Iterator[tuple[str, str]]:
    """Yield the address and file of the document and of its proof, if there is one."""
    if agreement.entry is None:
        return
    name = f"{agreement.id}-{agreement.version}"
    yield f"/register/{agreement.slug}/document.json", f"{agreement.slug}/{name}.json"
    yield f"/register/{agreement.slug}/proof.tlog-proof", f"{agreement.slug}/{name}.tlog-proof"


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()

"""What people may set: ``commonweal.toml``, with environment variables above it.

    COMMONWEAL_DATABASE_URL     the metadata database
    COMMONWEAL_LIMITS_SECONDS   wall time of one question
    COMMONWEAL_LIMITS_MEMORY    memory of one question, for example 4 GiB
    COMMONWEAL_LIMITS_SPILL     disk one question may use when memory runs out
    COMMONWEAL_LIMITS_THREADS   processor threads of one question
    COMMONWEAL_LIMITS_QUESTIONS_AT_ONCE   how many questions of one person are worked on at once
    COMMONWEAL_LIMITS_QUESTIONS_TOGETHER  how many of all people
    COMMONWEAL_LIMITS_QUESTIONS_WAITING   how many of one person may wait
    COMMONWEAL_TIMING_FIRST     milliseconds to the first step at which an outcome is handed over; 0 for no steps
    COMMONWEAL_TIMING_GROWTH    how many times as long each further step is
    COMMONWEAL_WEB_URL          where people reach the pages, for example https://data.northbank.example
    COMMONWEAL_WEB_HOSTS        other host names that are answered for, with commas
    COMMONWEAL_WEB_LARGEST_UPLOAD  bytes that may be sent at once, for example 2 GiB
    COMMONWEAL_FLIGHT_ADDRESS      where Arrow Flight SQL is served, for example 127.0.0.1:8766
    COMMONWEAL_MAIL_HOST, _PORT, _STARTTLS, _USER, _SENDER  the mail server, and COMMONWEAL_MAIL_PASSWORD
    COMMONWEAL_FLIGHT_CERTIFICATE, COMMONWEAL_FLIGHT_KEY  PEM files for it

The name cannot be overridden: it is the origin of the ledger and part of what is signed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from commonweal.engines.engine import Limits
from commonweal.errors import BadInput, CommonwealError, Place, Unavailable
from commonweal.installation.folder import SETTINGS, installation_name

_UNITS = {
    "B": 1,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")
_SQLITE = "sqlite:///"

TEMPLATE = """\
# The settings of this installation of commonweal. Who owns the folder may change all but the name.
name = "{name}"            # the origin of the ledger's checkpoints; fixed once the folder is made

[limits]                   # what one question may use
seconds = 120
memory = "4 GiB"
spill = "20 GiB"           # disk space, used when memory runs out
threads = 2
questions_at_once = 2      # of one person; the others wait, and people take turns
questions_together = 8     # of all people
questions_waiting = 100    # of one person; one more is told when to try again

[timing]                   # answers wait for the next step: 20, 30, 45 ms ..., so that how long they took tells little
first = 20                 # milliseconds; 0 for no waiting at all
growth = 1.5

[web]
url = "http://127.0.0.1:8765"   # where people reach the pages; https:// once it stands behind a proxy
hosts = ""                      # other host names that are answered for, with commas
largest_upload = "2 GiB"

[flight]
address = ""                    # Arrow Flight SQL at HOST:PORT, for example 127.0.0.1:8766; nowhere when empty
certificate = ""                # PEM files, seen from this folder; needed unless the address is this machine's own
key = ""

[mail]
host = ""                       # the mail server that tells people what waits for them; none when empty
port = 587
starttls = true
user = ""                       # its password is in the environment: COMMONWEAL_MAIL_PASSWORD
sender = "commonweal@localhost"

[database]
url = "sqlite:///metadata.sqlite3"   # seen from this folder
"""


def byte_size(value: object) -> int:
    """Return a number of bytes from ``4 GiB``, ``500 MB`` or a whole number; ValueError with one sentence otherwise."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    written = _SIZE.fullmatch(str(value).strip())
    unit = _UNITS.get(written[2].upper()) if written else None
    if written is None or unit is None:
        raise ValueError('write a size as a number and a unit, for example "4 GiB"')
    return int(float(written[1]) * unit)


Bytes = Annotated[int, BeforeValidator(byte_size), Field(ge=64 * 2**20)]


class LimitSettings(BaseModel):
    """What one question may use (seconds of wall time, bytes of memory and of disk, threads), and how many at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = Field(default=120.0, gt=0, le=86_400)
    memory: Bytes = 4 * 2**30
    spill: Bytes = 20 * 2**30
    threads: int = Field(default=2, ge=1, le=1024)
    questions_at_once: int = Field(default=2, ge=1, le=1024)
    questions_together: int = Field(default=8, ge=1, le=1024)
    questions_waiting: int = Field(default=100, ge=0, le=100_000)

    def as_limits(self) -> Limits:
        """Return them as the engines take them."""
        return Limits(seconds=self.seconds, memory_bytes=self.memory, spill_bytes=self.spill, threads=self.threads)


class TimingSettings(BaseModel):
    """When outcomes are handed over: milliseconds to the first step (0: at once), and how fast the steps grow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: float = Field(default=20.0, ge=0, le=60_000)
    growth: float = Field(default=1.5, gt=1, le=10)


class WebSettings(BaseModel):
    """Where people reach the pages, for which hosts they are served, and how much may be sent at once (bytes)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "http://127.0.0.1:8765"
    hosts: str = ""
    largest_upload: Bytes = 2 * 2**30

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
            raise ValueError("write the address as https://HOST or http://HOST:PORT, without a path")
        return value.rstrip("/")

    def is_secure(self) -> bool:
        """Return whether people reach it over HTTPS."""
        return self.url.startswith("https://")

    def allowed_hosts(self) -> frozenset[str]:
        """Return the host names that are answered for, in small letters, without ports."""
        own = urlsplit(self.url).hostname or ""
        more = (each.strip().lower() for each in self.hosts.split(","))
        local = () if self.is_secure() else ("127.0.0.1", "localhost", "[::1]")
        return frozenset(filter(None, (own, *more, *local)))


class MailSettings(BaseModel):
    """The mail server that tells people what waits for them, or none; its password is in COMMONWEAL_MAIL_PASSWORD."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = ""
    port: int = Field(default=587, ge=1, le=65_535)
    starttls: bool = True
    user: str = ""
    sender: str = "commonweal@localhost"

    @field_validator("sender")
    @classmethod
    def _is_sender(cls, value: str) -> str:
        if "@" not in value or any(mark in value for mark in "\r\n"):
            raise ValueError("write the address that mails come from, for example commonweal@northbank.example")
        return value


class FlightSettings(BaseModel):
    """Where Arrow Flight SQL is served: HOST:PORT, or nowhere; with a certificate and its key (PEM files), over TLS."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str = ""
    certificate: str = ""
    key: str = ""

    @field_validator("address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}", value):
            raise ValueError("write the address as HOST:PORT, for example 127.0.0.1:8766")
        return value

    @model_validator(mode="after")
    def _is_safe(self) -> FlightSettings:
        if bool(self.certificate) != bool(self.key):
            raise ValueError("a certificate needs its key, and the key its certificate")
        if self.address and not self.certificate and not self._is_local():
            raise ValueError("tokens would travel in the clear: give a certificate and its key, or listen on 127.0.0.1")
        return self

    def _is_local(self) -> bool:
        host = self.address.rpartition(":")[0].strip("[]")
        return host == "localhost" or host == "::1" or host.startswith("127.")


class DatabaseSettings(BaseModel):
    """Where the metadata database is: an SQLite file, seen from the installation's folder unless absolute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "sqlite:///metadata.sqlite3"

    @field_validator("url")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if not value.startswith(_SQLITE) or value == _SQLITE or "?" in value or ":memory:" in value:
            raise ValueError("this version keeps its records in an SQLite file: write sqlite:///FILE")
        return value

    def path(self, folder: Path) -> Path:
        """Return the database file of an installation in `folder`."""
        return folder / self.url.removeprefix(_SQLITE)


class Settings(BaseModel):
    """The settings of one installation, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    limits: LimitSettings = LimitSettings()
    timing: TimingSettings = TimingSettings()
    web: WebSettings = WebSettings()
    flight: FlightSettings = FlightSettings()
    mail: MailSettings = MailSettings()
    database: DatabaseSettings = DatabaseSettings()

    @field_validator("name")
    @classmethod
    def _can_name(cls, value: str) -> str:
        try:
            return installation_name(value)
        except CommonwealError as error:
            raise ValueError(error.remedy) from error


_SECTIONS: dict[str, type[BaseModel]] = {
    "limits": LimitSettings,
    "timing": TimingSettings,
    "web": WebSettings,
    "flight": FlightSettings,
    "mail": MailSettings,
    "database": DatabaseSettings,
}


def read_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """Read the settings file, then let the environment override it; `BadInput` with the line of what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(
            "The settings file is not text.",
            why="It is not valid UTF-8.",
            remedy="Save it as UTF-8.",
            place=Place(file=path.name),
        ) from error
    except OSError as error:
        raise Unavailable(
            "The settings cannot be read.",
            why=f"The operating system says of {path.name}: {error.strerror}.",
            remedy="Run commonweal as the user who owns the folder.",
        ) from error
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise BadInput(
            "The settings file is not valid TOML.",
            why="Something on this line does not follow the rules of TOML (toml.io).",
            remedy='A setting is written as: name = "value"',
            place=Place(file=path.name, line=int(line[1]) if line else len(text.splitlines())),
        ) from error
    return _checked(written, text, environment)


def _checked(written: dict[str, Any], text: str, environment: Mapping[str, str]) -> Settings:
    overridden = {
        (section, key): environment.get(f"COMMONWEAL_{section.upper()}_{key.upper()}")
        for section, model in _SECTIONS.items()
        for key in model.model_fields
    }
    from_environment = {place: value for place, value in overridden.items() if value is not None}
    for (section, key), value in from_environment.items():
        table = written.setdefault(section, {})
        if isinstance(table, dict):
            table[key] = value
    try:
        return Settings.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        location = tuple(str(part) for part in first["loc"])
        if location[:2] in from_environment:
            place = Place(file=f"environment variable COMMONWEAL_{'_'.join(location[:2]).upper()}")
        else:
            place = Place(file=SETTINGS, line=_line_of(text, location), path=".".join(location))
        raise _wrong(first["type"], first["msg"], location, place) from None


def _wrong(kind: str, reason: str, location: tuple[str, ...], place: Place) -> BadInput:
    if kind == "extra_forbidden":
        known = _known_keys(location[:-1])
        near = get_close_matches(location[-1], known, n=1)
        return BadInput(
            "There is no such setting.",
            why=f"The settings here are {', '.join(known)}.",
            remedy=f"Did you mean {near[0]}?" if near else "Take the line out.",
            place=place,
        )
    if kind == "missing":
        return BadInput(
            "A setting is missing.",
            why=f"There must be a line for {'.'.join(location)}.",
            remedy="Put it back as it was when the folder was made.",
            place=place,
        )
    return BadInput(
        "A setting is not what it must be.",
        why=reason.removeprefix("Value error, "),
        remedy="Mend the line.",
        place=place,
    )


def _known_keys(section: tuple[str, ...]) -> list[str]:
    model = Settings if not section else _SECTIONS.get(section[0]) if len(section) == 1 else None
    return list(model.model_fields) if model else []


def _line_of(text: str, location: tuple[str, ...]) -> int | None:
    """Return the line (from 1) of a setting in the file, or of its section; None when neither is written there."""
    section: tuple[str, ...] = ()
    found = None
    for number, line in enumerate(text.splitlines(), start=1):
        heading = re.match(r"\s*\[+\s*([^\]\s]+)\s*\]", line)
        if heading:
            section = tuple(part.strip("\"'") for part in heading[1].split("."))
            if section == location[: len(section)]:
                found = number
        key = re.match(r"\s*[\"']?([^\"'=\s]+)[\"']?\s*=", line)
        if key and (*section, *key[1].split(".")) == location:
            return number
    return found

"""Programs that send anything to the API: every operation of its own description, as several people and as nobody.

`python -m tests.web.fuzz --examples 300` runs longer than the tests do. A finding is an answer that the description does
not know: a failure of ours (5xx), a status, a media type, or a body of another shape.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web import served
from tests.web.lived_in import ID, SQL, TWO, bearer, cookie_of, live
from tests.web.people import ADMINISTRATOR, ANALYST, OFFICER, OUTSIDER, STEWARD
from tests.web.served import BASE, Served

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
_REAL = 8
"""How many of ten addresses are of what there is; also of ten bodies, what they say of agreement and question."""


@dataclass
class Fuzzed:
    """A town, the description of its API, and who comes: a session's cookie, a token's header, or nothing."""

    town: Served

    seen: dict[str, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = live(self.town)
        self.client = self.town.browser()
        self.described_as(self.client.get("/api/openapi.json").json())
        people = (ANALYST, OFFICER, STEWARD, ADMINISTRATOR, OUTSIDER)
        cookies = [{"Cookie": f"{k}={v}"} for each in people for k, v in cookie_of(self.town, each).items()]
        self.comers = [*cookies, bearer(self.town, ANALYST, ID), bearer(self.town, OFFICER, ID, TWO), {}]

    def described_as(self, document: dict[str, Any]) -> None:
        """Take a description as the one that answers must agree with."""
        schema = schemathesis.openapi.from_dict(document)
        self.operations = {each.ok().label: each.ok() for each in schema.get_all_operations()}

    def run(self, label: str, examples: int) -> list[str]:
        """Try an operation with that many requests; return what was found, each kind once."""
        operation, seen = self.operations[label], self.seen.setdefault(label, set())
        findings: dict[str, str] = {}
        cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(cases, st.sampled_from(self.comers), st.integers(0, 9), st.integers(0, 9))
        def try_one(case: Any, comer: dict[str, str], of_address: int, of_body: int) -> None:
            if of_address < _REAL:
                case.path_parameters = {name: self._real(case.path, name) for name in case.path_parameters}
            if of_body < _REAL and isinstance(case.body, dict):
                real = {"agreement": ID, "sql": SQL, "agreements": [ID], "named": "northbank/housing"}
                case.body = case.body | {name: real[name] for name in case.body if name in real}
            response = self._sent(case, comer)
            if response is None:
                return
            seen.add(response.status_code)
            for kind, words in _judged(case, response):
                findings.setdefault(kind, f"{label} {response.status_code}: {words}")

        try_one()
        return list(findings.values())

    def _real(self, path: str, name: str) -> str:
        """Return what stands for a parameter of a path in this town."""
        before = path[: path.index(f"{{{name}}}")].strip("/").rpartition("/")[2]
        return self.known.get(f"{before}/{name}") or self.known[name]

    def _sent(self, case: Any, comer: dict[str, str]) -> httpx2.Response | None:
        """Send a case as it would go over a wire; None for what no client can send."""
        said = case.as_transport_kwargs(base_url=BASE, headers=comer)
        said.pop("cookies", None)
        try:
            ready = requests.Request(**said).prepare()
        except (requests.RequestException, UnicodeError, ValueError):
            return None
        headers = {name: value for name, value in ready.headers.items() if name != "Content-Length"}
        try:
            return self.client.request(ready.method or "GET", ready.url or "", content=ready.body, headers=headers)
        except (UnicodeError, ValueError, httpx2.InvalidURL, httpx2.LocalProtocolError):
            return None


def _judged(case: Any, response: httpx2.Response) -> list[tuple[str, str]]:
    """Return what is wrong with an answer, by kind."""
    if response.status_code >= 500 and response.status_code != 503:
        return [("5xx", f"{response.text[:300]} to {case.as_curl_command()[:1500]}")]
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        return [
            (f"{type(each).__name__} {response.status_code}", f"{each} {each.message}"[:1500])
            for each in group.exceptions
        ]
    return []


def main() -> int:
    """Run all operations; print what was found; 1 if anything was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="requests for each operation")
    parser.add_argument("--only", default="", help="only operations with this in their name")
    given_ = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        built = served.build(Path(folder))
        with served.copied(built, Path(folder) / "copy") as installation:
            fuzzed, found = Fuzzed(Served(installation)), 0
            for label in filter(lambda each: given_.only in each, fuzzed.operations):
                findings = fuzzed.run(label, given_.examples)
                found += len(findings)
                print(label, sorted(fuzzed.seen[label]), *findings, sep="\n  ", flush=True)
    print(f"{found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

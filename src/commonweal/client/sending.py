"""Requests to the API: sent again only where that does no harm, and never for longer than they may take."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx2

import commonweal
from commonweal.client.address import Address
from commonweal.client.problems import down, error_of, nonsense

PAUSES = (0.2, 1.0, 3.0)
"""Seconds to wait before a request is sent again; so many times it is."""

CONNECT = 10.0
"""Seconds that reaching the server may take."""

PROBLEM = "application/problem+json"
_WORKED_ON = "still-asking"
_OF_A_PROXY = frozenset({502, 503, 504})


class _Bearer(httpx2.Auth):
    """Puts the token on a request; it shows itself without it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx2.Request) -> Any:
        """Put the token on."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def __repr__(self) -> str:
        """Return it without the token."""
        return "<token>"


class Sending:
    """The way to one server. Safe between threads; close it."""

    def __init__(self, address: Address) -> None:
        """Take the address; nothing is sent yet. Within this machine no proxy is used, whatever the environment says."""
        self._url = address.url
        self._http = httpx2.Client(
            auth=_Bearer(address.token),
            trust_env=not address.is_here,
            follow_redirects=False,
            headers={"User-Agent": f"commonweal/{commonweal.__version__}"},
        )

    def __repr__(self) -> str:
        """Return where it leads."""
        return f"Sending({self._url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        within: float,
        again: bool,
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
        json: object = None,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx2.Response:
        """Return what the server answers, if it is what was asked for. `again`: may be sent more than once.

        The error of the server otherwise (`commonweal.client.problems`); `Unavailable` when it is down or no commonweal.
        """
        ends = time.monotonic() + within
        tried = 0
        while True:
            response = self._try(method, path, ends, {"Accept": accept, **(headers or {})}, json, query)
            if response is not None and response.is_success:
                return response
            problem = _problem(response)
            waiting = tried > 0 and isinstance(problem, dict) and problem.get("code") == _WORKED_ON
            lost = response is None or (response.status_code in _OF_A_PROXY and problem is None)
            pause = PAUSES[min(tried, len(PAUSES) - 1)]
            if again and (waiting or (lost and tried < len(PAUSES))) and time.monotonic() + pause < ends:
                time.sleep(pause)
                tried += 1
                continue
            if response is None:
                raise down()
            raise error_of(response.status_code, problem, response.headers.get("Retry-After", ""))

    def _try(
        self, method: str, path: str, ends: float, headers: Mapping[str, str], json: object, query: Any
    ) -> httpx2.Response | None:
        """Return what came back, or None when nothing did."""
        left = max(0.1, ends - time.monotonic())
        try:
            return self._http.request(
                method,
                self._url + path,
                headers=dict(headers),
                json=json,
                params=query,
                timeout=httpx2.Timeout(left, connect=min(CONNECT, left)),
            )
        except httpx2.DecodingError:
            raise nonsense() from None
        except httpx2.HTTPError:
            return None  # its own words may name what was sent


def body_of(response: httpx2.Response) -> dict[str, Any]:
    """Return the JSON object that a response holds; `Unavailable` when it holds none."""
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise nonsense()
    return found


def _problem(response: httpx2.Response | None) -> object:
    """Return the problem that a response holds; None when it holds none."""
    if response is None or not response.headers.get("Content-Type", "").startswith(PROBLEM):
        return None
    try:
        return response.json()
    except ValueError:
        return None

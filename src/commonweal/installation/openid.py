"""The provider that the settings name, with its secret: from the environment, or from a file that only its owner can read."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from commonweal.errors import Conflict, Unavailable
from commonweal.identity.provider import Provider

if TYPE_CHECKING:
    from commonweal.installation.installation import Installation

SECRET = "COMMONWEAL_OIDC_CLIENT_SECRET"  # noqa: S105 - the name of a variable
ANSWER = "/sign-in/organisation/answer"
"""Where the provider sends a browser back to: what is registered there, after the address of the pages."""


def provider_of(installation: Installation) -> Provider | None:
    """Return the provider, None when the settings name none; errors when its secret cannot be read."""
    settings = installation.settings.oidc
    if not settings.issuer:
        return None
    counting = (each.strip() for each in settings.second_factors.split(","))
    return Provider(
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret=_secret(installation),
        redirect=installation.settings.web.url + ANSWER,
        scopes=settings.scopes,
        email_claim=settings.email_claim,
        email_is_verified=settings.email_is_verified,
        organisation_claim=settings.organisation_claim,
        roles_claim=settings.roles_claim,
        second_factors=frozenset(filter(None, counting)),
    )


def _secret(installation: Installation) -> str:
    """Return the client's secret; nothing for a client that has none (PKCE alone)."""
    given = os.environ.get(SECRET, "")
    name = installation.settings.oidc.client_secret_file
    if given or not name:
        return given
    path = installation.folder / name
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Unavailable(
            "The provider's secret cannot be read.",
            why="The file that client_secret_file names is not there, or is not text.",
            remedy=f"Mend [oidc] in the settings, or set {SECRET}.",
        ) from None
    if os.name != "nt" and mode & 0o077:
        raise Conflict(
            "Other users of this machine may read the provider's secret.",
            why=f"Its file has the permissions {mode:04o}; it must have 0600.",
            remedy="Run chmod 600 on it, and make a new secret at the provider.",
        )
    return text

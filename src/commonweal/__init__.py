"""commonweal: data sharing agreements that run.

From Python: ``gateway = commonweal.open(folder)`` here, or ``commonweal.connect(url, token)`` elsewhere; then
``gateway.datasets()`` and ``gateway.ask(sql, agreement=...)``. In a notebook: ``%load_ext commonweal``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commonweal.errors import Refused as Refused

__version__ = "0.1.0"

__all__ = ["Answer", "Gateway", "Refused", "connect", "open"]

# Loaded when first used, so that `import commonweal` and `commonweal --help` cost nothing.
_HOMES = {
    "Answer": ("commonweal.gateway", "Answer"),
    "Gateway": ("commonweal.gateway", "Gateway"),
    "Refused": ("commonweal.errors", "Refused"),
    "connect": ("commonweal.client", "connect"),
    "load_ipython_extension": ("commonweal.client.magic", "load_ipython_extension"),
    "open": ("commonweal.installation", "open_gateway"),
}


def __getattr__(name: str) -> Any:
    """Load one of the exported names from the room it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """Return the exported names, loaded or not."""
    return sorted([*__all__, "__version__"])

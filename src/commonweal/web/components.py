"""The components of the GOV.UK Design System, called by name from our templates: ``govuk.button({"text": "Sign"})``.

They are in an environment of their own, since they read what was not given as nothing, which in our own templates is an
error. Parameters named ``html`` are put in as they are: give them only what a template of ours made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, PrefixLoader
from markupsafe import Markup


class Components:
    """Every macro of govuk-frontend-jinja, by its name in small letters with underscores (``summary_list``)."""

    def __init__(self) -> None:
        """Make the environment; templates are read when first used."""
        loader = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
        self._environment = Environment(loader=loader, autoescape=True)
        self._macros: dict[str, Callable[..., Markup]] = {}

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        """Return a component; AttributeError if there is none of that name."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._macros:
            self._macros[name] = self._macro(name)
        return self._macros[name]

    def _macro(self, name: str) -> Callable[..., Markup]:
        folder, macro = name.replace("_", "-"), "govuk" + "".join(part.title() for part in name.split("_"))
        template = self._environment.get_template(f"govuk_frontend_jinja/components/{folder}/macro.html")
        found: Any = getattr(template.module, macro)

        def component(parameters: Mapping[str, Any], caller: Callable[[], str] | None = None) -> Markup:
            return Markup(found(parameters, **({"caller": caller} if caller else {})))  # noqa: S704 - escaped within

        return component

"""The draft as the document that it will be: YAML that `agreement check` reads, in the document's own order."""

from __future__ import annotations

from typing import Any

import yaml

from commonweal.agreement.document import Agreement
from commonweal.agreement.drafting.places import Document

LARGEST = 300_000
"""The most characters of a draft; an agreement with every field filled in takes a tenth of it."""


class _Plain(yaml.SafeDumper):
    """Writes every value out: agreements have no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write it out."""
        return True


def as_yaml(document: Document) -> str:
    """Return the whole draft as YAML; what reads it finds exactly these values."""
    order = [field.alias or name for name, field in Agreement.model_fields.items()]
    known = {key: document[key] for key in order if key in document}
    rest = {key: value for key, value in document.items() if key not in known}
    return fragment(known | rest)


def fragment(document: Document) -> str:
    """Return a piece of a document as YAML."""
    text: str = yaml.dump(
        document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False
    )
    return text

"""Exporting an agreement: YAML to edit, the JSON that was signed, ODRL for others."""

from __future__ import annotations

import json
from enum import StrEnum

from commonweal.agreement.document import Agreement


class Format(StrEnum):
    """The forms in which an agreement leaves."""

    YAML = "yaml"
    JSON = "json"
    ODRL = "odrl"


MEDIA_TYPES: dict[Format, str] = {
    Format.YAML: "application/yaml",
    Format.JSON: "application/json",
    Format.ODRL: "application/ld+json",
}

_ENDINGS = {Format.YAML: "yaml", Format.JSON: "json", Format.ODRL: "odrl.jsonld"}


def exported(agreement: Agreement, form: Format, base: str | None = None) -> str:
    """Return the document's text in a form; `base` is the address under which ODRL names things of this installation."""
    from commonweal.agreement.odrl import odrl_document  # imported when used: most readers want the document itself
    from commonweal.agreement.writing import write_agreement

    if form is Format.YAML:
        return write_agreement(agreement)
    if form is Format.JSON:
        return agreement.canonical.decode()
    document = odrl_document(agreement) if base is None else odrl_document(agreement, base)
    return json.dumps(document, indent=2, ensure_ascii=False)


def file_name(agreement: Agreement, form: Format) -> str:
    """Return the name of the file, for example ``arrears-and-care-1.yaml``."""
    return f"{agreement.id}-{agreement.version}.{_ENDINGS[form]}"

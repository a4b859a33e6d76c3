"""Writing an agreement as YAML, and reading back the canonical form."""

from __future__ import annotations

from commonweal.agreement.document import Agreement
from commonweal.agreement.hashing import plain


def write_agreement(agreement: Agreement) -> str:
    """Return the agreement as YAML; reading it gives an equal agreement with the same hash."""
    import yaml  # lazy: whoever asks a question reads the canonical form only

    document = plain(agreement.as_document(), days_as_text=False)
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False)
    return text


def from_canonical(text: str) -> Agreement:
    """Return the agreement of a canonical JSON text; pydantic.ValidationError if it is not one."""
    return Agreement.model_validate_json(text)

"""Output checking: whether people may decide where the rules cannot, and which people."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from commonweal.agreement.clause import Clause, Email


class OutputChecking(Clause):
    """Whether outputs that the rules withhold may be asked for, and who decides.

    `checkers`: the only people who may check; without it, everybody of a party who has the role checker or officer.
    `least`: how many different checkers must approve. `record_level`: whether rows about single people may be asked for,
    with tokens in the place of identifiers.
    """

    allowed: bool
    checkers: tuple[Email, ...] = ()
    least: Annotated[int, Field(ge=2, le=5)] = 2
    record_level: bool = False

    @model_validator(mode="after")
    def _enough_checkers(self) -> OutputChecking:
        """Refuse a list of checkers that can never reach a decision, and permissions without checking."""
        different = {email.casefold() for email in self.checkers}
        if len(different) < len(self.checkers):
            raise ValueError("`checkers` names a person twice")
        if self.checkers and len(different) < self.least:
            raise ValueError(f"`checkers` names {len(different)}, and `least` asks for {self.least} different ones")
        if self.record_level and not self.allowed:
            raise ValueError("`record_level` needs output checking to be `allowed`")
        return self

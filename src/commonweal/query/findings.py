"""What a question is found to do, collected while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from commonweal.query.measure import Measure
from commonweal.query.relation import Link, Role, Use, Value
from commonweal.query.sources import Relation


@dataclass
class Findings:
    """Uses of columns, links between records, measures, and notes for the reader."""

    uses: set[Use] = field(default_factory=set)
    links: set[Link] = field(default_factory=set)
    measures: list[Measure] = field(default_factory=list)

    def use(self, value: Value, role: Role) -> None:
        """Note what is done with a value. One that was computed further in was noted there, column by column."""
        if value.same_as is not None:
            self.uses.add(Use(value.same_as, role))

    def expression(self, node: exp.Expr, relation: Relation, role: Role) -> None:
        """Note every column of an expression: `role` when it stands alone, a calculation otherwise."""
        if isinstance(node, exp.Column):
            self.use(relation.value(node), role)
            return
        for column in node.find_all(exp.Column):
            self.use(relation.value(column), Role.COMPUTED)

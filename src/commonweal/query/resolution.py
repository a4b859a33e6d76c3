"""From names to datasets and columns: every table and column of the tree is resolved, or the question is refused."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify

from commonweal.catalogue.contract import Contract
from commonweal.query.limits import MOST_WRITTEN_OUT
from commonweal.query.reading import problems
from commonweal.query.unreadable import mistaken, unreadable

MOST_NAME = 60


def resolved(tree: exp.Query, contracts: Mapping[str, Contract], agreed: Collection[str]) -> exp.Query:
    """Return the tree with datasets as ``"organisation"."dataset"``, all columns qualified, stars and ordinals expanded.

    `contracts` holds all datasets that exist, by reference; a bare name is looked for among `agreed` first.

    Raises:
        Refused: for a name that is unknown, ambiguous or in the wrong place, with the nearest known name.
    """
    tree = tree.copy()
    for table, hidden in list(_tables(tree)):
        _name_dataset(table, contracts, agreed, hidden)
    _name_outputs(tree)
    for select in tree.find_all(exp.Select):
        _check_written_out(select)
    schema: dict[str, Any] = {}
    for reference, contract in contracts.items():
        organisation, name = reference.split("/")
        columns = {column.name.lower(): column.physical_type for column in contract.columns}
        schema.setdefault(organisation.lower(), {})[name.lower()] = columns
    try:
        done = qualify(tree, schema=schema, dialect="duckdb", quote_identifiers=False, validate_qualify_columns=False)
    except (OptimizeError, SqlglotError, RecursionError, KeyError, ValueError, AttributeError):
        raise _misnamed(tree, contracts) from None
    for column, known in _unresolved(done):
        raise _unknown_column(column, known | _columns_in_reach(done, contracts))
    for problem, remedy in problems(done):
        raise unreadable(problem, remedy)
    return done


def _check_written_out(select: exp.Select) -> None:
    """Refuse aliases used again and again, each in the next one: written out, they double at every step."""
    sizes: dict[str, int] = {}
    for part in (*select.expressions, select.args.get("where"), select.args.get("having"), select.args.get("group")):
        if part is None:
            continue
        size = sum(
            sizes.get(node.name.lower(), 1) if isinstance(node, exp.Column) and not node.table else 1
            for node in part.walk()
        )
        if size > MOST_WRITTEN_OUT:
            raise unreadable(
                "it uses its own aliases too often.", "Name them in a WITH sub-query, and use them above it."
            )
        if isinstance(part, exp.Alias):
            sizes[part.alias.lower()] = size


def _misnamed(tree: exp.Expr, contracts: Mapping[str, Contract]) -> Exception:
    """Return the refusal for a tree whose names cannot be resolved: the first column that its dataset does not have."""
    known: dict[str, set[str]] = {}
    for table in tree.find_all(exp.Table):
        contract = contracts.get(f"{table.db}/{table.name}")
        if contract is not None:
            known[table.alias_or_name.lower()] = {column.name.lower() for column in contract.columns}
    for part in tree.find_all(exp.Subquery, exp.CTE):
        if part.alias and isinstance(part.this, exp.Query) and not any(s.is_star for s in part.this.selects):
            known[part.alias.lower()] = {name.lower() for name in part.this.named_selects}
    for column in tree.find_all(exp.Column):
        names = known.get(column.table.lower(), set())
        if names and column.name.lower() not in names and not isinstance(column.this, exp.Star):
            return _unknown_column(column, names)
    return unreadable("its names cannot be resolved.", "Give every table an alias and name columns as alias.column.")


def _columns_in_reach(tree: exp.Expr, contracts: Mapping[str, Contract]) -> set[str]:
    read = {f"{table.db}/{table.name}" for table in tree.find_all(exp.Table)}
    return {column.name for reference in read if reference in contracts for column in contracts[reference].columns}


def _tables(node: exp.Expr, names: frozenset[str] = frozenset()) -> Iterator[tuple[exp.Table, frozenset[str]]]:
    """Yield every table with the names of the CTEs that are visible where it stands."""
    with_ = node.args.get("with_")
    if with_:
        for cte in with_.expressions:
            yield from _tables(cte.this, names)
            names |= {cte.alias.lower()}
    if isinstance(node, exp.Table):
        yield node, names
    for key, value in node.args.items():
        if key == "with_":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr):
                yield from _tables(child, names)


def _name_dataset(
    table: exp.Table, contracts: Mapping[str, Contract], agreed: Collection[str], ctes: frozenset[str]
) -> None:
    name, organisation = table.name.lower(), table.db.lower()
    if not organisation and name in ctes:
        return
    by_lower = {reference.lower(): reference for reference in contracts}
    if organisation:
        found = [by_lower[f"{organisation}/{name}"]] if f"{organisation}/{name}" in by_lower else []
    else:
        found = [
            reference for reference in agreed if reference.lower().split("/")[1] == name and reference in contracts
        ]
        found = found or [reference for lower, reference in by_lower.items() if lower.split("/")[1] == name]
    if len(found) > 1:
        options = ", ".join(sorted(reference.replace("/", ".") for reference in found))
        raise mistaken(
            f"the name {name[:MOST_NAME]} stands for several datasets.", f"Write one of {options}.", about=name[:60]
        )
    if not found:
        raise _unknown_dataset(f"{organisation}.{name}" if organisation else name, contracts)
    organisation, dataset = found[0].split("/")
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
    table.set("this", exp.to_identifier(dataset))
    table.set("db", exp.to_identifier(organisation))


def _unknown_dataset(name: str, contracts: Mapping[str, Contract]) -> Exception:
    known = {reference.split("/")[1]: reference for reference in contracts} | {
        r.replace("/", "."): r for r in contracts
    }
    near = difflib.get_close_matches(name, known, n=1)
    remedy = (
        f"Did you mean {known[near[0]].replace('/', '.')}?"
        if near
        else "List the datasets with: commonweal dataset list"
    )
    return mistaken(f"there is no dataset named {name[:MOST_NAME]}.", remedy, about=name.rpartition(".")[2][:60])


def _name_outputs(tree: exp.Query) -> None:
    """Name unnamed outputs by their own text, so that answers have readable columns."""
    for select in tree.find_all(exp.Select):
        taken = {projection.alias_or_name.lower() for projection in select.expressions if projection.alias_or_name}
        for projection in list(select.expressions):
            if isinstance(projection, (exp.Alias, exp.Column, exp.Star)) or not isinstance(
                select.parent, (type(None), exp.CTE, exp.Subquery)
            ):
                continue
            name = base = _readable(projection)
            number = 1
            while name in taken:
                number += 1
                name = f"{base}_{number}"
            taken.add(name)
            projection.replace(exp.alias_(projection.copy(), name))


def _readable(projection: exp.Expr) -> str:
    words = [
        type(node).__name__.lower() for node in projection.find_all(exp.Func) if not isinstance(node, exp.Connector)
    ][:1]
    words += [column.name.lower() for column in projection.find_all(exp.Column)][:1]
    return "_".join(words)[:MOST_NAME] or "value"


def _unresolved(tree: exp.Expr) -> Iterator[tuple[exp.Column, set[str]]]:
    """Yield columns that belong to no table: unknown names, or whole tables used as a value."""
    for column in tree.find_all(exp.Column):
        select = column.find_ancestor(exp.Select, exp.Union)
        known = {projection.alias_or_name for projection in select.selects} if isinstance(select, exp.Query) else set()
        order = column.find_ancestor(exp.Order)
        if isinstance(column.this, exp.Star):
            continue
        if not column.table and not (order is not None and order.parent is select and column.name in known):
            yield column, known


def _unknown_column(column: exp.Column, known: set[str]) -> Exception:
    near = difflib.get_close_matches(column.name, known - {column.name}, n=1)
    remedy = (
        f"Did you mean {near[0][:MOST_NAME]}?"
        if near
        else "See the dataset's columns with: commonweal dataset show ORGANISATION/DATASET"
    )
    return mistaken(f"there is no column named {column.name[:MOST_NAME]} here.", remedy, about=column.name[:60])

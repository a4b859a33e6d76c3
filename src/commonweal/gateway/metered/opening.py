"""Opening: which noisy tables a question needs, what they cost, and the entry in the ledger that opens them.

Accounts are added up from the ledger, over all agreements and people: one truth. What is open stays open, so the same
question costs nothing the second time. Refusing looks at names of columns and at what is open, never at the data.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import Connection

from commonweal.catalogue.dataset import Dataset
from commonweal.disclosure.metered.axis import Axis, ColumnSet
from commonweal.disclosure.metered.charge import LEVEL, SIZES, cost, flags
from commonweal.disclosure.metered.discrete import formal_cost
from commonweal.disclosure.metered.profile import CAP
from commonweal.errors import Refused
from commonweal.gateway.metered.counting import COUNTING, roams, wanders
from commonweal.gateway.metered.feature import Feature, Form
from commonweal.ledger.canonical import JSON
from commonweal.ledger.entry import Entry, prepare
from commonweal.ledger.ledger import Ledger
from commonweal.ledger.reading import entries_after

KIND = "meter.opened"
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Charge:
    """How much an account is moved by one person: `sensitivity` in the sense of `disclosure.metered.charge`."""

    account: str
    sensitivity: float


@dataclass(frozen=True)
class Table:
    """One noisy table: of a frame and its secrets (`label` names them and their snapshots), a column set, and its noise.

    `axes` are those of the columns. A table of band sums has no columns and says so in its label. `separate`: its noise is
    its own, as under the profile ``formal``, so nothing that is open makes it cheaper.
    """

    label: str
    columns: ColumnSet
    axes: Mapping[str, Axis] = field(hash=False, compare=False)
    sd: float
    charges: tuple[Charge, ...]
    separate: bool = False

    def rho(self, opened: Iterable[ColumnSet]) -> dict[str, float]:
        """Return what opening it adds to each account, tables of the same label in `opened` being open already."""
        known = list(opened)
        if self.separate:
            return {c.account: formal_cost(self.columns, known, self.sd, c.sensitivity) for c in self.charges}
        return {
            charge.account: cost(self.columns, known, self.axes, self.sd, charge.sensitivity) for charge in self.charges
        }


@dataclass(frozen=True)
class Spent:
    """What is open and what it has cost: tables by label, rho by account."""

    opened: Mapping[str, frozenset[ColumnSet]]
    rho: Mapping[str, float]


@dataclass(frozen=True)
class Preview:
    """What a question would open: for each account, the rho that it adds and what was spent before."""

    added: Mapping[str, float]
    before: Mapping[str, float]
    tables: tuple[Table, ...]

    def beyond(self, cap: float = CAP) -> tuple[str, ...]:
        """Return the accounts that it would take over the cap."""
        return tuple(a for a, rho in self.added.items() if rho > 0 and self.before.get(a, 0.0) + rho > cap + _ROUNDING)


class Meter:
    """Reads the accounts from the ledger; remembers what it has read, as long as the ledger still says so."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the ledger that tables are opened in."""
        self._ledger = ledger
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._last: Entry | None = None
        self._opened: dict[str, set[ColumnSet]] = defaultdict(set)
        self._rho: dict[str, float] = defaultdict(float)

    def spent(self, connection: Connection) -> Spent:
        """Return what is open and spent, as of the connection's transaction."""
        with self._lock:
            new = self._unread(connection)
            if new is None:
                self._forget()
                new = list(entries_after(connection, KIND, -1))
            for entry in new:
                self._note(entry.body)
                self._last = entry
            return Spent({label: frozenset(sets) for label, sets in self._opened.items()}, dict(self._rho))

    def _unread(self, connection: Connection) -> list[Entry] | None:
        """Return the entries after the last one read, oldest first; None when that one is not in the ledger.

        It is not when it was read inside a transaction that has been rolled back, or that is not this one.
        """
        if self._last is None:
            return list(entries_after(connection, KIND, -1))
        found = list(entries_after(connection, KIND, self._last.index - 1))
        return found[1:] if found and found[0] == self._last else None

    def _note(self, body: Mapping[str, JSON]) -> None:
        columns, charges, label = body["columns"], body["rho"], body["table"]
        assert isinstance(columns, list) and isinstance(charges, dict) and isinstance(label, str)
        self._opened[label].add(tuple((str(name), int(depth)) for name, depth in columns))
        for account, rho in charges.items():
            self._rho[account] += float(rho)

    def preview(self, connection: Connection, tables: Sequence[Table]) -> Preview:
        """Return what opening tables would cost; those that are open cost nothing."""
        spent = self.spent(connection)
        added: dict[str, float] = defaultdict(float)
        opened: dict[str, set[ColumnSet]] = defaultdict(set)
        new = []
        for table in dict.fromkeys(tables):
            known = spent.opened.get(table.label, frozenset()) | opened[table.label]
            if table.columns in known:
                continue
            for account, rho in table.rho(known).items():
                added[account] += rho
            opened[table.label].add(table.columns)
            new.append(table)
        accounts = {charge.account for table in tables for charge in table.charges}
        return Preview(dict(added), {account: spent.rho.get(account, 0.0) for account in accounts}, tuple(new))

    def open(self, connection: Connection, preview: Preview, *, asked: int, agreement: str) -> None:
        """Open the tables of a preview made and checked in the same transaction, an entry each."""
        if not preview.tables:
            return
        acts = []
        opened: dict[str, set[ColumnSet]] = {label: set(sets) for label, sets in self.spent(connection).opened.items()}
        for table in preview.tables:
            known = opened.setdefault(table.label, set())
            body: dict[str, JSON] = {
                "asked": asked,
                "agreement": agreement,
                "table": table.label,
                "columns": [[name, depth] for name, depth in table.columns],
                "sd": table.sd,
                "rho": {account: round(rho, 12) for account, rho in table.rho(known).items()},
            }
            known.add(table.columns)
            acts.append(prepare(KIND, body))
        self._ledger.append_prepared(connection, acts)


def check(preview: Preview, cap: float = CAP) -> None:
    """Raise Refused when opening would take an account over its cap."""
    beyond = preview.beyond(cap)
    if not beyond:
        return
    account = beyond[0]
    left = max(0.0, cap - preview.before.get(account, 0.0))
    raise Refused(
        "safeguards: the meter",
        [
            f"it would open tables about {account} that cost {preview.added[account]:.4f} of privacy, and {left:.4f} of "
            f"{cap:g} is left for this snapshot."
        ],
        remedy="Ask with columns that are open already (see: commonweal meter show), leave out a column, or wait for the "
        "next snapshot.",
        who="nobody: this holds under every agreement",
    )


def tag(dataset: Dataset) -> str:
    """Return the name of a snapshot: its content, and the day for which ages are counted."""
    return hashlib.sha256(f"{dataset.snapshot.id} {dataset.snapshot.as_of.isoformat()}".encode()).hexdigest()[:16]


@lru_cache(maxsize=1024)
def levels_tag(feature: Feature) -> str:
    """Return a name of a feature's levels: with other levels it is another table, with noise of its own."""
    return hashlib.sha256(repr(feature.levels).encode()).hexdigest()[:8]


def label(
    frame: Dataset,
    datasets: Mapping[str, Dataset],
    secrets: Sequence[Feature],
    what: str = "counts",
    *,
    sd: float,
    key: str = "",
) -> str:  # fmt: skip
    """Return the name of a family of tables that agree: the frame, the secrets with their levels, snapshots, the noise."""
    read = {frame.reference, *(hop.dataset for f in secrets for hop in f.path)}
    named = {
        "frame": frame.reference,
        "secrets": [[f.name, levels_tag(f)] for f in secrets],
        "snapshots": {reference: tag(datasets[reference]) for reference in sorted(read)},
        "entities": {reference: _keys(datasets[reference]) for reference in sorted(read)},
        "counting": COUNTING,
        "of": what,
        "sd": sd,
    } | ({"key": key} if key else {})
    digest = hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:12]
    secret = " with ".join(f.title for f in secrets) or "how many"
    return f"{frame.reference}: {secret} ({what}, {digest})"


def charges(
    frame: Dataset, datasets: Mapping[str, Dataset], secrets: Sequence[Feature], *, formal: bool = False,
    key: str = "",
) -> tuple[Charge, ...]:  # fmt: skip
    """Return the accounts that a table of these secrets is charged to: the secrets', and that of being there at all.

    `formal`: being there is a secret whatever the contract says. `key`: the column that tells subjects apart where that
    is not the first entity's; then one of these entities moves its subject from one level to another.
    """
    found: dict[str, float] = {}
    times = 4 if wanders(frame, key) else 1

    def add(account: str, sensitivity: float) -> None:
        found[account] = max(found.get(account, 0.0), sensitivity)

    if formal or frame.contract.membership == "secret":
        own = SIZES * max((_flags_of_subject(f, datasets) for f in secrets), default=1)
        # Of another key's subjects each has several of the entities, so that one who leaves moves the subject.
        add(_membership(frame), max(own, LEVEL) if key else own)
    for feature in secrets:
        dataset = datasets[feature.dataset]
        most = feature.levels.most if feature.form is Form.FLAGS else 1
        # The subject that somebody's records are counted at can be another when the records are: then two subjects move,
        # perhaps alike, which is twice as far and four times the square.
        moves = feature.gathered and feature.form is not Form.FLAGS and bool(feature.path)
        sensitivity = flags(most) * (4 if moves and roams(dataset, feature.path[-1]) else 1)
        sensitivity *= 1 if feature.path else times
        if feature.form is not Form.MEMBER:
            add(_account(feature, dataset), sensitivity)
        for hop in feature.path:
            if formal or datasets[hop.dataset].contract.membership == "secret":
                add(_membership(datasets[hop.dataset]), sensitivity if feature.form is Form.FLAGS else LEVEL)
    return tuple(Charge(account, sensitivity) for account, sensitivity in sorted(found.items()))


def _flags_of_subject(feature: Feature, datasets: Mapping[str, Dataset]) -> int:
    """Return in how many levels one subject can be: of its people's records together, for a home, in all of them."""
    if feature.form is not Form.FLAGS:
        return 1
    entities = datasets[feature.dataset].contract.entities
    own = not feature.path or (len(feature.path) == 1 and bool(entities) and feature.path[0].key == entities[0].key)
    return feature.levels.most if own else feature.levels.size


def _keys(dataset: Dataset) -> list[JSON]:
    """Return whom a dataset is about: with other keys other subjects are counted, which is another table."""
    columns = dataset.contract.by_name
    keys = [entity.key for entity in dataset.contract.entities[:1]]
    return [*keys, *sorted(name for name, column in columns.items() if column.unique)]


def _membership(dataset: Dataset) -> str:
    return f"being in {dataset.reference}@{tag(dataset)}"


def _account(feature: Feature, dataset: Dataset) -> str:
    if feature.form is Form.EVENTS:
        return f"records in {dataset.reference}@{tag(dataset)}"
    column = dataset.contract.by_name[feature.column]
    return f"{dataset.reference}.{column.account or column.name}@{tag(dataset)}"

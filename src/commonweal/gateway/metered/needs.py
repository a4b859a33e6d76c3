"""Needs: the noisy tables that a reading is made of, known before anything is counted or charged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from commonweal.catalogue.contract import Kind
from commonweal.catalogue.dataset import Dataset
from commonweal.disclosure.metered.charge import noise_sd
from commonweal.disclosure.metered.discrete import FORMAL_SD
from commonweal.gateway.metered.counting import CountTable
from commonweal.gateway.metered.feature import Feature, Form
from commonweal.gateway.metered.frames import Frame
from commonweal.gateway.metered.lattice import Lattice
from commonweal.gateway.metered.opening import Charge, Table, charges, label
from commonweal.gateway.metered.refusals import STEWARD, outside
from commonweal.gateway.metered.tables import MOST_CELLS, Need, Place, axis_of, check_size, column_set

KNOWN_SIZES_SD = 4.0
"""Noise of numbers of subjects where being there is known to all: a courtesy, not a protection."""

Columns = tuple[tuple[Feature, int], ...]


@dataclass(frozen=True)
class Needs:
    """What tables of one frame are made of: the datasets by reference."""

    frame: Frame
    datasets: Mapping[str, Dataset]
    lattice: Lattice
    formal: bool = False
    _made: dict[object, Need] = field(default_factory=dict, repr=False, compare=False)

    @property
    def dataset(self) -> Dataset:
        """Return the frame's dataset."""
        return self.datasets[self.frame.dataset]

    @property
    def key(self) -> str:
        """Return the column that tells subjects apart, empty where it is the first entity's."""
        return "" if self.frame.key == self.frame.contract.entities[0].key else self.frame.key

    @property
    def is_known(self) -> bool:
        """Return whether being in the frame is taken as known to all; under ``formal`` nothing is."""
        return not self.formal and self.frame.contract.membership == "known"

    @cached_property
    def sd(self) -> float:
        """Return the noise of a count of people, by how many columns the frame's lattice has."""
        if self.formal:
            return FORMAL_SD
        try:
            return noise_sd(len(self.own_columns))
        except ValueError as problem:
            raise outside(f"{problem}.", "Ask the steward to leave some without levels.", who=STEWARD) from None

    @cached_property
    def own_columns(self) -> tuple[Feature, ...]:
        """Return all lattice columns of the frame itself, whether the question reads them or not."""
        found: list[Feature] = []
        if self.key:
            return ()  # they are columns of another entity
        for column in self.frame.contract.columns:
            if column.kind in {Kind.QUASI, Kind.PLAIN} and column.levels is not None:
                if self.frame.repeated and column.levels.scale.value == "months":
                    continue  # of records, not of the subject
                levels = column.levels
                found.append(
                    Feature((), self.frame.dataset, Form.VALUE, column.name, levels, False, self.frame.repeated)
                )
        return tuple(found)

    def counts(self, columns: Columns, secrets: Sequence[Feature]) -> Need:
        """Return the table of some columns and secrets; of no secret: how many subjects there are."""
        key = (columns, tuple(secrets))
        if key not in self._made:
            self._made[key] = self._counts(columns, tuple(secrets))
        return self._made[key]

    def _counts(self, columns: Columns, secrets: tuple[Feature, ...]) -> Need:
        known_sizes = not secrets and self.is_known
        axes = {axis.name: axis for axis in (axis_of(feature, self.datasets) for feature, _ in columns)}
        wanted = column_set(columns, self.datasets)
        place = self._place(columns, secrets)
        if not check_size(wanted, axes, place.levels()):
            raise outside(
                f"one of its numbers needs a table of more than {MOST_CELLS:,} cells.",
                "Leave out a condition or a key.",
            )
        charged = () if known_sizes else charges(self.dataset, self.datasets, secrets, formal=self.formal, key=self.key)
        sd = KNOWN_SIZES_SD if known_sizes else self.sd
        what = "counts, formal" if self.formal else "counts"
        name = label(self.dataset, self.datasets, secrets, what, sd=sd, key=self.key)
        return Need(Table(name, wanted, axes, sd, charged, self.formal), place)

    def bands(self, secret: Feature) -> Need:
        """Return the table of what the values in each level of a secret add up to, over everybody."""
        own = charges(self.dataset, self.datasets, (secret,), formal=self.formal, key=self.key)
        charged = tuple(Charge(c.account, 2 * c.sensitivity) for c in own)  # sums and squares
        if self.formal and secret.levels.top is None:
            raise outside(
                f"{secret.title} has no declared top, so nothing bounds what one {self.frame.subject} adds.",
                f"Ask the steward to declare the top of {secret.column} in its levels.", who=STEWARD,
            )  # fmt: skip
        what = "sums in bands, formal" if self.formal else "sums in bands"
        name = label(self.dataset, self.datasets, (secret,), what, sd=self.sd, key=self.key)
        table = Table(name, (), {}, self.sd, charged, self.formal)
        return Need(table, self._place((), (secret,)), sums=True)

    def _place(self, columns: Columns, secrets: tuple[Feature, ...]) -> Place:
        own = self.own_columns
        others = tuple(sorted((f for f, _ in columns if f not in own), key=lambda feature: feature.name))
        read = {self.frame.dataset} | {hop.dataset for feature in (*others, *secrets) for hop in feature.path}
        datasets = {reference: self.datasets[reference] for reference in sorted(read)}
        return Place(CountTable(self.frame.dataset, (*own, *others), secrets, datasets, self.key), columns)

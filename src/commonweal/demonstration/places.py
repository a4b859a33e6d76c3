"""Wards, streets and homes of Fenwick: where people live, before anybody does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from commonweal.demonstration.draws import Draws, Flags, Integers
from commonweal.demonstration.identifiers import postcodes, uprns, usrns
from commonweal.demonstration.names import listed

WARDS = listed(
    """
    Aldermarsh Brackenholt Withyquay Cotterby Dunfleet Elverholme Fallowdyke Garrowick Hatherfen Inglemoor
    Kesterlock Lindrake Marlsey Netherlode Oxlode Pellinford Quarmarsh Ravelby Saltenby Thornlode Ulverfen
    Wexholme Yarrowfen Zealby
    """
)
WARD_SIZES = (92, 118, 84, 74, 61, 110, 98, 120, 38, 104, 88, 126, 70, 46, 96, 112, 34, 80, 122, 90, 58, 108, 76, 95)
WORDS = listed(
    """
    Larkspur Alder Amber Anchor Anvil Applegarth Arkle Ash Aster Bakers Barley Barn Beacon Beech Bellfield Birch
    Bluebell Boatmans Bracken Bramble Briar Bridge Brook Burdock Buttercup Campion Canal Carr Causeway Cedar
    Chandlers Chapel Cherry Chestnut Clover Coopers Cornflower Cowslip Cranesbill Curlew Cutters Dairy Dovecote
    Drovers Dunlin Dyke Elder Elm Farriers Fenside Fern Ferry Fieldfare Flax Forge Foxglove Friars Furrow Garth
    Glebe Goldfinch Gorse Granary Greenshank Hawthorn Hazel Heath Heron Hollow Holly Honeysuckle Ivy Juniper
    Kestrel Kingfisher Kiln Laburnum Lapwing Larch Lavender Lilac Lime Linnet Lock Maltings Maple Marigold
    Meadow Mere Mill Moorhen Mulberry Nightingale Oak Orchard Osier Otter Parsonage Pasture Pinfold Plover
    Poplar Primrose Quarry Quince Redshank Reed Rowan Rushes Saddlers Sedge Sexton Shepherds Skylark Sluice
    Snowdrop Sorrel Spindle Staithe Sycamore Tannery Teal Thatchers Thistle Tithe Trefoil Vetch Violet Wagtail
    Warren Weavers Wharf Wheatfield Willow Windmill Woodcock Yarrow Yew
    """
)
SUFFIXES = listed(
    """
    Close Road Street Lane Avenue Court Drive Way Gardens Grove Place Row Terrace Crescent Walk Rise
    """
)
OWNED, COUNCIL, PRIVATE, ASSOCIATION = range(4)
HOMES_A_STREET = 45
HOMES_A_POSTCODE = 16


@dataclass(frozen=True)
class Places:
    """The borough's ground plan. Arrays of one length are about the same thing: streets, or homes.

    Homes are in order of street. `tenure` is one of `OWNED`, `COUNCIL`, `PRIVATE`, `ASSOCIATION`. The last `care_homes`
    homes are care homes (tenure private).
    """

    wards: tuple[str, ...]
    street_names: tuple[str, ...]
    street_ward: Integers
    street_usrn: Integers
    street: Integers
    number: Integers
    postcode: NDArray[np.str_]
    uprn: Integers
    tenure: Integers
    is_care_home: Flags

    @property
    def homes(self) -> int:
        """Return how many homes there are."""
        return len(self.street)

    @property
    def ward(self) -> Integers:
        """Return each home's ward, as an index into `wards`."""
        return self.street_ward[self.street]

    def addresses(self, homes: Integers) -> list[str]:
        """Return the first line of the address of each of `homes` (indexes)."""
        lines = []
        for street, number in zip(self.street[homes].tolist(), self.number[homes].tolist(), strict=True):
            name = self.street_names[street]
            lines.append(f"Flat {number}, {name}" if name.endswith(" Court") else f"{number} {name}")
        return lines


def ward_count(people: int) -> int:
    """Return how many wards a borough of so many people has: one for 8,000 people, at least 6 and at most 24."""
    return max(6, min(len(WARDS), people // 8_000))


def lay_out(seed: int, people: int) -> Places:
    """Return the ground plan of a borough for about so many `people` (from 2,000 to 400,000)."""
    draws = Draws(seed, "places")
    homes = people * 425 // 1_000
    wards = WARDS[: ward_count(people)]
    streets = max(len(wards) * 4, homes // HOMES_A_STREET)
    street_ward = np.sort(draws.pick(WARD_SIZES[: len(wards)], streets))
    street_ward[0] = 0  # Larkspur Close is in the first ward, whatever the size
    weights = draws.between(20, 180, streets)
    weights[0] = 100
    street = np.sort(draws.pick(weights, homes))
    first = np.searchsorted(street, np.arange(streets))
    number = np.arange(homes) - first[street] + 1
    is_care_home = np.zeros(homes, dtype=np.bool_)
    is_care_home[draws.order(homes)[: max(2, people // 5_000)]] = True
    is_care_home[street == 0] = False
    return Places(
        wards=wards,
        street_names=_street_names(draws, streets),
        street_ward=street_ward,
        street_usrn=usrns(draws, streets),
        street=street,
        number=number,
        postcode=_home_postcodes(street_ward, street, number),
        uprn=uprns(draws, homes),
        tenure=np.where(is_care_home, PRIVATE, _tenures(draws, streets, street)),
        is_care_home=is_care_home,
    )


def _street_names(draws: Draws, streets: int) -> tuple[str, ...]:
    """Return a different name for every street; the first is Larkspur Close."""
    names = [f"{word} {suffix}" for word, suffix in product(WORDS, SUFFIXES)]
    shuffled = [names[i] for i in draws.order(len(names)).tolist() if i != 0]
    # Larger boroughs than there are names for repeat a name with a compass point, as real ones do.
    points = ("", " North", " South", " East", " West")
    plenty = [f"{name}{point}" for point in points for name in shuffled]
    return (names[0], *plenty[: streets - 1])


def _home_postcodes(street_ward: Integers, street: Integers, number: Integers) -> NDArray[np.str_]:
    """Return each home's postcode: one for each sixteen homes of a street, one district for every two wards."""
    block = street * 4_096 + (number - 1) // HOMES_A_POSTCODE
    _, position, at = np.unique(block, return_index=True, return_inverse=True)
    district = street_ward[street[position]] // 2 + 1
    starts = np.searchsorted(district, district)
    return np.asarray(postcodes(district, np.arange(len(district)) - starts))[at]


def _tenures(draws: Draws, streets: int, street: Integers) -> Integers:
    """Return each home's tenure: a third of the streets are estates, built by the council and in part sold since."""
    estate = draws.chance(0.33, streets)
    estate[0] = True
    on_estate = draws.pick((28, 54, 12, 6), len(street))
    elsewhere = draws.pick((68, 5, 20, 7), len(street))
    return np.where(estate[street], on_estate, elsewhere)

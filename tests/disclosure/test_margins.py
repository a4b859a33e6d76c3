from __future__ import annotations

import numpy as np

from commonweal.disclosure.margins import margins

X = -1  # a key outside the set


def equations(
    sets: list[int], codes: list[list[int]], grouping_sets: tuple[tuple[int, ...], ...]
) -> set[tuple[int, tuple[int, ...]]]:
    found = margins(np.array(sets), np.array(codes), grouping_sets)
    return {
        (int(total), tuple(sorted(found.child[found.equation == number].tolist())))
        for number, total in enumerate(found.parent)
    }


def test_a_total_is_the_sum_of_every_finer_set() -> None:
    sets = [0, 1, 1, 2, 2, 2]
    codes = [[X, X], [0, X], [1, X], [0, 0], [0, 1], [1, 0]]
    assert equations(sets, codes, ((), (0,), (0, 1))) == {(0, (1, 2)), (0, (3, 4, 5)), (1, (3, 4)), (2, (5,))}


def test_two_sets_imply_the_total_that_they_share() -> None:
    sets = [0, 0, 1, 1]
    codes = [[0, X], [1, X], [X, 0], [X, 1]]
    assert equations(sets, codes, ((0,), (1,))) == {(4, (0, 1)), (4, (2, 3))}


def test_a_total_that_vanished_is_implied() -> None:
    assert equations([0, 1, 1], [[0, X], [0, 0], [1, 0]], ((0,), (0, 1))) == {(0, (1,)), (3, (2,))}


def test_one_set_has_no_totals() -> None:
    assert equations([0, 0], [[0], [1]], ((0,),)) == set()
    assert equations([0, 1], [[0], [0]], ((0,), (0,))) == set()

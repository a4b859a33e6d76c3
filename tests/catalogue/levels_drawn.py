"""Levels of every scale, with ladders, drawn by hypothesis."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from commonweal.catalogue.level_bounds import STEPS, month_groups
from commonweal.catalogue.levels import Levels, Scale

word = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc", "Cs")), min_size=1, max_size=6
)
listed = word | st.sampled_from(["a", "b", "1", "2", "-3", "true", "false", "2023-01-31", "'", '"'])


@st.composite
def laddered(draw: st.DrawFn, scale: Scale | None = None, parts: tuple[str, ...] = ("",)) -> Levels:
    """Return levels of some scale with up to two rungs; `parts` are those of a postcode that values may be of."""
    scale = scale or draw(st.sampled_from(list(Scale)))
    missing = draw(st.booleans())
    if scale is Scale.MONTHS:
        return draw(_months(missing))
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    top = None
    if scale is Scale.VALUES:
        values = tuple(draw(st.lists(listed, min_size=2, max_size=8, unique=True)))
    elif scale is Scale.AMOUNTS:
        number = st.integers(-50, 3000).map(float) | st.floats(-50, 3000).map(lambda x: x + 0.0)
        edges = tuple(sorted(draw(st.sets(number, min_size=1, max_size=8))))
    elif draw(st.booleans()):
        begin, step, count = draw(st.tuples(st.integers(0, 3), st.integers(1, 10), st.integers(2, 10)))
        edges = tuple(float(step * (begin + index)) for index in range(count))
    else:
        edges = tuple(float(edge) for edge in sorted(draw(st.sets(st.integers(0, 129), min_size=2, max_size=12))))
    if scale in (Scale.AMOUNTS, Scale.COUNTS) and draw(st.booleans()):
        top = edges[-1] + draw(st.integers(1, 1000))
    known = len(values) or len(edges) + (scale is Scale.AMOUNTS)
    rungs, names = draw(_rungs(known, missing, is_ordered=scale is not Scale.VALUES))
    return Levels(
        scale,
        values=values,
        edges=edges,
        top=top,
        rungs=rungs,
        names=names if scale is Scale.VALUES else (),
        missing=missing,
        most=draw(st.integers(1, known)),
        of=draw(st.sampled_from(parts)) if scale is Scale.VALUES else "",
    )


@st.composite
def _months(draw: st.DrawFn, missing: bool) -> Levels:
    begin = draw(st.integers(2000 * 12, 2024 * 12))
    end = begin + draw(st.integers(1 if not missing else 0, 70))
    months = (date(begin // 12, begin % 12 + 1, 1), date(end // 12, end % 12 + 1, 1))
    step = draw(st.sampled_from(STEPS))
    finer = month_groups(months, step, step)
    if max(finer) + 1 + missing < 2:
        return Levels(Scale.MONTHS, months=months)
    rungs = []
    for coarse in STEPS[STEPS.index(step) + 1 :]:
        groups = month_groups(months, step, coarse)
        count = max(groups) + 1 + missing
        if 2 <= count < max(finer) + 1 + missing and draw(st.booleans()):
            rungs.append((*groups, max(groups) + 1) if missing else groups)
            finer = groups
    return Levels(Scale.MONTHS, months=months, step=step, rungs=tuple(rungs), missing=missing)


@st.composite
def _rungs(
    draw: st.DrawFn, known: int, missing: bool, is_ordered: bool
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[str, ...], ...]]:
    rungs, names = [], []
    groups = list(range(known))
    for _ in range(draw(st.integers(0, 2))):
        count = max(groups) + 1
        least = 1 if missing else 2
        if count <= least:
            break
        wanted = draw(st.integers(least, count - 1))
        starts = sorted(draw(st.sets(st.integers(1, count - 1), min_size=wanted - 1, max_size=wanted - 1)))
        merged = [sum(start <= group for start in starts) for group in range(count)]
        if not is_ordered:
            order = draw(st.permutations(range(wanted)))
            merged = [order[group] for group in merged]
        groups = [merged[group] for group in groups]
        rungs.append((*groups, *([wanted] if missing else [])))
        names.append(tuple(f"group {index}" for index in range(wanted)))
    return tuple(rungs), tuple(names)

from __future__ import annotations

import pytest

from commonweal.demonstration.borough import Borough, exports, invent
from commonweal.demonstration.exports import Export


@pytest.fixture(scope="session")
def borough() -> Borough:
    return invent(20_000)


@pytest.fixture(scope="session")
def files(borough: Borough) -> dict[str, Export]:
    return {export.dataset: export for export in exports(borough)}

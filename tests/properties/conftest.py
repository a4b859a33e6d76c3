"""The town of the first path, built once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.living import Living, living


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """Return the town; tests may ask it anything and must not change it."""
    made = living(tmp_path_factory.mktemp("place"))
    yield made
    made.installation.close()
    made.plain.close()

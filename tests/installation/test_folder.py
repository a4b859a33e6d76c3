from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.errors import BadInput, NotFound
from commonweal.installation.folder import find, installation_name, name_from


def test_an_installation_is_found_from_inside_it(tmp_path: Path) -> None:
    (tmp_path / "town" / "data" / "deep").mkdir(parents=True)
    (tmp_path / "town" / "commonweal.toml").touch()
    assert find(tmp_path / "town") == tmp_path / "town"
    assert find(tmp_path / "town" / "data" / "deep") == tmp_path / "town"
    with pytest.raises(NotFound) as caught:
        find(tmp_path)
    assert "commonweal init" in caught.value.remedy


def test_a_name_is_made_from_the_folder(tmp_path: Path) -> None:
    for folder, name in {
        "town": "town",
        "My Town (2)": "my-town-2",
        "data.gov": "data.gov",
        "市": "commonweal",
    }.items():
        assert name_from(tmp_path / folder) == installation_name(name)
    assert installation_name(name_from(Path("/"))) == "commonweal"
    assert len(installation_name(name_from(tmp_path / ("x" * 200)))) == 63


@pytest.mark.parametrize("name", ["", "Town", "a b", "-a", "a" * 64, "a\n", "a/b", "a+b"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(BadInput):
        installation_name(name)

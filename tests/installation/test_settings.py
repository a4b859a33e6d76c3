from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import BadInput, CommonwealError
from commonweal.installation.settings import TEMPLATE, LimitSettings, Settings, byte_size, read_settings


def read(tmp_path: Path, text: str, **environment: str) -> Settings:
    path = tmp_path / "commonweal.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path, environment)


def test_the_file_a_new_installation_gets_says_what_the_defaults_are(tmp_path: Path) -> None:
    assert read(tmp_path, TEMPLATE.format(name="town")) == Settings(name="town")


def test_limits_reach_the_engines(tmp_path: Path) -> None:
    settings = read(tmp_path, 'name = "a"\n[limits]\nmemory = "1.5 GiB"\nseconds = 3\nspill = 100000000\nthreads = 1\n')
    limits = settings.limits.as_limits()
    assert (limits.memory_bytes, limits.seconds, limits.spill_bytes, limits.threads) == (3 * 2**29, 3.0, 10**8, 1)


def test_the_environment_is_above_the_file(tmp_path: Path) -> None:
    text = 'name = "a"\n[limits]\nthreads = 1\n'
    environment = {"COMMONWEAL_LIMITS_THREADS": "7", "COMMONWEAL_DATABASE_URL": "sqlite:///elsewhere.db"}
    settings = read(tmp_path, text, **environment)
    assert settings.limits.threads == 7
    assert settings.database.path(Path("/a")) == Path("/a/elsewhere.db")
    assert database_file("sqlite:////b/c.db", tmp_path) == Path("/b/c.db")


def database_file(url: str, tmp_path: Path) -> Path:
    return read(tmp_path, 'name = "a"\n', COMMONWEAL_DATABASE_URL=url).database.path(Path("/a"))


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ('name = "a"\n\n[limits]\nsecond = 3\n', "commonweal.toml, line 4, limits.second", "Did you mean seconds?"),
        ('name = "a"\nlimit = 3\n', "commonweal.toml, line 2, limit", "Did you mean limits?"),
        ('name = "a"\n[databse]\nurl = "x"\n', "commonweal.toml, line 2, databse", "Did you mean database?"),
        ('name = "a"\nlimits.second = 3\n', "commonweal.toml, line 2, limits.second", "Did you mean seconds?"),
        ('name = "a"\n[limits]\nqqqq = 3\n', "commonweal.toml, line 3, limits.qqqq", "Take the line out."),
        (
            'name = "a"\n[limits]\nthreads = 0\n',
            "commonweal.toml, line 3, limits.threads",
            "greater than or equal to 1",
        ),
        ('name = "a"\n[limits]\nmemory = "lots"\n', "commonweal.toml, line 3, limits.memory", "4 GiB"),
        ('name = "A b"\n', "commonweal.toml, line 1, name", "small letters"),
        ("[limits]\nthreads = 2\n", "commonweal.toml, name", "There must be a line for name"),
        ('name = "a"\n[database]\nurl = "mysql://x"\n', "commonweal.toml, line 3, database.url", "sqlite:///FILE"),
        ('name = "a"\nlimits = 3\n', "commonweal.toml, line 2, limits", "valid dictionary"),
        ('name = "a"\nthis is not toml\n', "commonweal.toml, line 2", "TOML"),
        ('name = "a', "commonweal.toml, line 1", "TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, place: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, text)
    assert str(caught.value.place) == place
    assert says in f"{caught.value.why} {caught.value.remedy}"


def test_a_wrong_environment_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, 'name = "a"\n', COMMONWEAL_LIMITS_SECONDS="soon")
    assert str(caught.value.place) == "environment variable COMMONWEAL_LIMITS_SECONDS"


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "commonweal.toml"
    path.write_bytes(b"name = '\xff\xfe'")
    with pytest.raises(BadInput, match="not text"):
        read_settings(path, {})


@given(st.text(max_size=60))
def test_any_text_is_settings_or_a_clear_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "commonweal.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        read_settings(path, {})
    except CommonwealError as error:
        assert error.message


def test_sizes() -> None:
    assert byte_size("1 KiB") == 1024
    assert byte_size("2gb") == 2 * 10**9
    assert byte_size(5) == 5
    for wrong in ("", "4", "GiB", "-1 GiB", "4 GiBs", True, None):
        with pytest.raises(ValueError, match="size"):
            byte_size(wrong)


def test_every_limit_can_be_overridden_and_is_documented() -> None:
    import commonweal.installation.settings as module

    for key in LimitSettings.model_fields:
        assert f"COMMONWEAL_LIMITS_{key.upper()}" in str(module.__doc__)

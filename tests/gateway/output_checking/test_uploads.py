"""Files to be checked: what people can look at comes in, and everything else is refused with a reason."""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.errors import BadInput, NotFound, Tampered
from commonweal.gateway.output_checking.releasing import ReleasedFile
from commonweal.gateway.output_checking.request import Verdict
from commonweal.gateway.output_checking.sealing import Sealed, Vault
from commonweal.gateway.output_checking.uploads import LARGEST, read_upload
from commonweal.installation import Installation
from tests import output_town as town


def part(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


HEAD = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
PNG = HEAD + part(b"IDAT", zlib.compress(b"\x00\x00")) + part(b"IEND", b"")


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"ward": ["W1"], "rate": [0.25]}), sink)
    return sink.getvalue().to_pybytes()


GOOD = {
    "rates.csv": b"ward,rate\r\nW1,0.25\r\n",
    "rates.parquet": parquet(),
    "model.txt": "intercept 1.5 \N{PLUS-MINUS SIGN} 0.2\n".encode(),
    "run.log": b"converged\n",
    "plot.png": PNG,
}

BAD = {
    "rates.csv": [b"a,b\n1\n", b'a,b\n"1,2\n', b"\xff\xfe", b"a\x00b", b""],
    "rates.parquet": [parquet()[:-20], b"PAR1"],
    "model.txt": [b"\xe9", "turned \u202e round".encode(), b"\x1b[31mred"],
    "plot.png": [
        PNG[:-5],
        PNG + b"more",
        HEAD + part(b"tEXt", b"Comment\x00900000000001") + part(b"IEND", b""),
        b"GIF89a",
        PNG.replace(zlib.compress(b"\x00\x00"), zlib.compress(b"\x00\x01")),
    ],
    "model.pickle": [b"anything"],
}


@pytest.mark.parametrize("name", GOOD)
def test_what_people_can_look_at_comes_in(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(GOOD[name])
    assert read_upload(tmp_path / name).content == GOOD[name]


@pytest.mark.parametrize(("name", "content"), [(name, each) for name, contents in BAD.items() for each in contents])
def test_what_they_cannot_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput):
        read_upload(tmp_path / name)


def test_too_large_absent_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "large.txt").touch()
    os.truncate(tmp_path / "large.txt", LARGEST + 1)
    (tmp_path / "folder.txt").mkdir()
    for name, error in (("large.txt", BadInput), ("absent.txt", NotFound), ("folder.txt", BadInput)):
        with pytest.raises(error):
            read_upload(tmp_path / name)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = town.made(tmp_path_factory.mktemp("files"))
    yield installation
    installation.close()


def test_a_file_goes_through_unchanged_and_lies_sealed(place: Installation, tmp_path: Path) -> None:
    secret = b"coefficient of hostels 7.389056\n"
    (tmp_path / "model.txt").write_bytes(secret)
    made = town.at(place, town.ANALYST).request(town.REASON, agreement="arrears", file=tmp_path / "model.txt")
    (path,) = place.layout.outputs.glob("*.sealed")
    assert secret not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for person in (town.OWN, town.OTHER):
        seen = town.at(place, person).show(made.number)
        assert seen.content is not None and seen.content.body == secret
        town.at(place, person).decide(made.number, Verdict.APPROVE, "a model of many")
    released = town.at(place, town.COLLEAGUE).fetch(made.number)
    assert isinstance(released, ReleasedFile)
    assert (released.content, released.name) == (secret, "model.txt")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Tampered):
        town.at(place, town.COLLEAGUE).fetch(made.number)


def test_a_sealed_file_opens_only_under_its_name_and_key(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "outputs", b"k" * 32)
    one, other = vault.put(b"one"), vault.put(b"other")
    assert vault.get(one) == b"one"
    (vault.folder / one.name).write_bytes((vault.folder / other.name).read_bytes())
    for wrong in (one, Sealed(one.name, other.seal)):
        with pytest.raises(Tampered):
            vault.get(wrong)
    with pytest.raises(Tampered):
        Vault(vault.folder, b"K" * 32).get(other)
    vault.delete("../../keys/master.key")  # a name that is none is nobody's
    vault.clear({other.name}, {one.name})
    assert [path.name for path in vault.folder.glob("*.sealed")] == [other.name]


def test_what_a_dead_process_left_is_cleared_after_an_hour(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "outputs", b"k" * 32)
    left, young = vault.put(b"left"), vault.put(b"young")
    os.utime(vault.folder / left.name, (0, 0))
    vault.clear(set(), set())
    assert [path.name for path in vault.folder.glob("*.sealed")] == [young.name]

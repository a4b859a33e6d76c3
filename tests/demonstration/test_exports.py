from __future__ import annotations

import csv
import gzip
import io
from datetime import date
from pathlib import Path

import pytest

from commonweal.demonstration.exports import Export, write_export, write_whole

COLUMNS = {"uprn": ["1", "2"], "provider": ["St Anne’s", "Brontë, House"]}


@pytest.mark.parametrize(
    ("delimiter", "encoding", "end"), [(",", "utf-8", "\n"), (";", "cp1252", "\r\n"), (",", "utf-8-sig", "\r\n")]
)
def test_a_file_reads_back_as_it_was(tmp_path: Path, delimiter: str, encoding: str, end: str) -> None:
    export = Export("a/b", "a.csv", date(2026, 9, 30), COLUMNS, delimiter, encoding, end)
    content = write_export(export, tmp_path).read_bytes()
    rows = list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))
    assert rows == [["uprn", "provider"], ["1", "St Anne’s"], ["2", "Brontë, House"]]
    assert content.endswith(end.encode())
    assert export.rows == 2


def test_a_compressed_file_is_the_same_each_time(tmp_path: Path) -> None:
    export = Export("a/b", "a.csv.gz", date(2026, 9, 30), COLUMNS)
    first = write_export(export, tmp_path).read_bytes()
    assert write_export(export, tmp_path).read_bytes() == first
    assert gzip.decompress(first) == export.content()


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_whole(tmp_path / "x", b"old")

    def power_cut(_: int) -> None:
        raise OSError("no more power")

    monkeypatch.setattr("os.fsync", power_cut)
    with pytest.raises(OSError, match="no more power"):
        write_whole(path, b"new and longer")
    assert path.read_bytes() == b"old"

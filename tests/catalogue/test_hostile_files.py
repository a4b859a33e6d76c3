"""Files of ill will or bad luck: each is refused with its place, quickly, in bounded memory, and nothing of it remains."""

import gzip
import io
import os
import random
import resource
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.catalogue.contract import Contract, Kind
from commonweal.catalogue.ingest import ReadingLimits, read_source
from commonweal.errors import BadInput, CommonwealError, NotFound

from .conftest import Read, column, contract

GOOD = "uprn,arrears\n" + "".join(f"{100000000000 + i},{i}.50\n" for i in range(50))
HOUSING = contract(column("uprn", "BIGINT", Kind.LINK), column("arrears", "DOUBLE", Kind.SENSITIVE))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def refused(
    read_in_child: Read, tmp_path: Path, content: bytes | str | Path, wanted: Contract | None = None, **more: object
) -> str:
    """Return the whole text of the error, after checking time, memory and that nothing remains."""
    started = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    with pytest.raises(CommonwealError) as caught:
        read_in_child(content, wanted, **more)
    assert time.monotonic() - started < 10
    # KiB: one GiB. What ran before is not this reader's doing, nor is the size of who started it: Linux counts the memory
    # that a process has before it becomes another program (getrusage(2), ru_maxrss across execve).
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(2**20, before, mine)
    assert not (tmp_path / "data").exists()
    error = caught.value
    assert isinstance(error, BadInput | NotFound)
    assert error.place is not None and error.place.file
    return f"{error.place}: {error.message} {error.why}"


def in_table(name: str, said: str) -> tuple[str, object]:
    """Return the property that prints a file's error in the table at the end of the run."""
    return "table", ("hostile files: each with its error", f"{name:26} {said[:150]}")


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


JUNK = random.Random(7).randbytes(200_000)
HOSTILE: dict[str, tuple[bytes | str, str]] = {
    "nothing": ("", "table.csv: The file is empty."),
    "blank lines": ("\n\n\n", "table.csv: The file is empty."),
    "header only": ("uprn,arrears\n", "table.csv: The file has a header and no rows."),
    "NUL bytes": (GOOD + "1,\0\n", "table.csv, line 52: The file holds NUL bytes."),
    "mixed encodings": ("a,b\nZoë,1\n".encode() + "José,2\n".encode("cp1252"), "table.csv, line 3: The file mixes two"),
    "ten thousand columns": (
        ",".join(f"c{i}" for i in range(10_000)) + "\n",
        "The file has 10,000 columns. The limit is 2,000.",
    ),
    "same header twice": ("uprn,Name,NAME\n1,a,b\n", "table.csv, row 1, column 3: Two columns have the same header."),
    "blank header over values": ("uprn,,b\n1,2,3\n", "table.csv, row 1, column 2: A column has no header."),
    "one endless line": (b"a,b\n" + b"x" * 100 * 2**20, "table.csv, line 2: A line is longer than 1,024 KiB."),
    "quote never closed": (GOOD + '1,"open\n' + "2,3\n" * 1000, "table.csv, row 52: A quote is opened and not closed"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3", "table.csv: The file is a PDF document, not a table."),
    "web page": ("<!DOCTYPE html>\n<html><table>", "table.csv: The file is a web page, not a table."),
    "XML": ("<?xml version='1.0'?><a/>", "table.csv: The file is XML"),
    "JSON": ('[{"uprn": 1},\n {"uprn": 2}]', "table.csv: The file is JSON"),
    "zip": (zipped(a=b"1"), "table.csv: The file is a zip archive, not a table."),
    "program": (b"\x7fELF" + bytes(100), "table.csv: The file is a program"),
    "binary junk": (JUNK, "table.csv: The file is not text."),
    "broken zip": (b"PK\x03\x04" + JUNK[:1000], "table.csv: The workbook is damaged."),
    "old Excel, broken": (OLE + JUNK[:4096], "table.csv: The workbook is damaged."),
    "old Excel, password": (
        OLE + "EncryptedPackage".encode("utf-16-le") + bytes(500),
        "table.csv: The workbook is protected with a password.",
    ),
    "zip bomb as workbook": (
        zipped(xl__workbook_xml=b"<workbook/>", xl__worksheets__sheet1_xml=bytes(100 * 2**20)),
        "table.csv: The workbook expands beyond all measure.",
    ),
    "gzip of a PDF": (gzip.compress(b"%PDF-1.7"), "table.csv: The file is a PDF document"),
    "gzip in gzip": (gzip.compress(gzip.compress(GOOD.encode())), "The compressed file holds gzip data."),
    "gzip cut short": (gzip.compress(JUNK.hex().encode())[:50_000], "table.csv: The compressed file is damaged."),
    "Parquet without footer": (parquet(uprn=list(range(1000)))[:-20], "table.csv: The Parquet file is damaged."),
    "Parquet of the magic only": (b"PAR1" + JUNK[:50] + b"PAR1", "table.csv: The Parquet file is damaged."),
    "Parquet with lists": (parquet(a=[[1], [2]]), "table.csv, column 1: A column holds lists or structures."),
    "all rows ragged": ("a,b\n" + "1,2,3\n" * 50, "table.csv, row 2: 50 of 50 rows cannot be read."),
    "UTF-16 cut in a character": (
        "a,b\n1,😀\n".encode("utf-16")[:-4],
        "table.csv: The file is not UTF-16-LE throughout.",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_place(
    read_in_child: Read, tmp_path: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    content, says = HOSTILE[name]
    said = refused(read_in_child, tmp_path, content)
    record_property(*in_table(name, said))
    assert says in said


def test_a_gzip_bomb_is_stopped_early(
    read_in_child: Read, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    bomb = gzip.compress(b"1,2\n" * (2**28 // 4))  # 256 MiB of rows in a quarter of a megabyte
    assert len(bomb) < 2**20
    said = refused(read_in_child, tmp_path, bomb)
    record_property(*in_table("gzip bomb", said))
    assert "expands beyond all measure" in said
    small = ReadingLimits(expanded_bytes=2**20)
    assert "1 MiB" in refused(read_in_child, tmp_path, gzip.compress(JUNK.hex().encode() * 9), limits=small)


def test_parquet_with_false_sizes_is_refused(read_in_child: Read, tmp_path: Path) -> None:
    honest = parquet(uprn=list(range(5000)), name=[f"n{i}" for i in range(5000)])
    told = 0
    for place in range(len(honest) - 900, len(honest) - 8, 71):
        forged = bytearray(honest)
        forged[place : place + 4] = b"\xff\xff\xff\x7f"
        try:
            read_in_child(bytes(forged))
        except BadInput:
            told += 1
        for left in (tmp_path / "data").glob("*"):
            assert left.suffix == ".parquet"
            left.unlink()
    assert told > 5


def test_parquet_that_claims_too_many_rows_is_refused(read_in_child: Read, tmp_path: Path) -> None:
    many = parquet(a=pa.array([1]).take(pa.array([0] * 100_000)))
    assert "claims too many rows" in refused(read_in_child, tmp_path, many, limits=ReadingLimits(rows=10_000))


def test_a_link_that_leads_to_itself(read_in_child: Read, tmp_path: Path) -> None:
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    assert "loop.csv: The file cannot be reached." in refused(read_in_child, tmp_path, loop)


@pytest.mark.parametrize("path", ["a\0b.csv", "x" * 300 + ".csv", "no/such/file.csv"])
def test_a_path_that_leads_nowhere(read_in_child: Read, tmp_path: Path, path: str) -> None:
    refused(read_in_child, tmp_path, tmp_path / path)


def test_pipes_and_devices_are_no_files(read_in_child: Read, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "That is not a file." in refused(read_in_child, tmp_path, tmp_path / "pipe.csv")
    assert "That is not a file." in refused(read_in_child, tmp_path, Path("/dev/zero"))


@contextmanager
def no_longer_root() -> Iterator[None]:
    """Root reads everything, so as root look at files as nobody does."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_nobody_may_read(read_in_child: Read, tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text(GOOD)
    path.chmod(0)
    (tmp_path / "store").mkdir()
    with no_longer_root(), pytest.raises(BadInput) as caught:
        read_source(path, contract=None, into=tmp_path / "store")
    assert "The file cannot be" in str(caught.value) and caught.value.place is not None
    assert not list((tmp_path / "store").iterdir())


def test_a_folder_of_different_shapes(read_in_child: Read, tmp_path: Path) -> None:
    folder = tmp_path / "months"
    folder.mkdir()
    (folder / "1.csv").write_text(GOOD)
    (folder / "2.csv").write_text("uprn,balance\n1,2\n")
    assert "months/2.csv, row 1: The files of the folder have different shapes." in refused(
        read_in_child, tmp_path, folder
    )
    assert "months/2.csv, row 1, column arrears: The file lacks" in refused(read_in_child, tmp_path, folder, HOUSING)
    (tmp_path / "empty").mkdir()
    assert "empty: The folder holds no file to read." in refused(read_in_child, tmp_path, tmp_path / "empty")


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "growing.csv"
    path.write_text("a,b\n" + "1,2\n" * 3_000_000)
    touched = []

    def touch(doing: str, share: float) -> None:
        if not touched:
            with path.open("a") as file:
                file.write("3,4\n")
            touched.append(share)

    with pytest.raises(BadInput, match="changed while it was being read"):
        read_source(path, contract=None, into=tmp_path / "data", progress=touch)
    assert touched and not (tmp_path / "data").exists()


def test_a_source_larger_than_the_limit(read_in_child: Read, tmp_path: Path) -> None:
    assert "larger than" in refused(read_in_child, tmp_path, GOOD, limits=ReadingLimits(source_bytes=100))


def test_a_reading_that_takes_too_much_memory_or_time(read_in_child: Read, tmp_path: Path) -> None:
    tight = ReadingLimits(
        memory_bytes=-(2**30) + 40 * 2**20, threads=1
    )  # 40 MiB of address space: not even the library
    assert "The file cannot be read. Reading it takes more than" in refused(read_in_child, tmp_path, GOOD, limits=tight)
    hasty = ReadingLimits(seconds=0.05)
    assert "takes more than 0 seconds" in refused(read_in_child, tmp_path, GOOD * 1000, limits=hasty)


def test_headers_that_are_code_become_plain_words(read_in_child: Read) -> None:
    text = '"""; drop table x; --",=HYPERLINK(1),"@SUM(1)",select,日本,2020\n1,2,3,4,5,6\n'
    found = read_in_child(text).contract
    assert [c.name for c in found.columns] == [
        "drop_table_x",
        "hyperlink_1",
        "sum_1",
        "column_select",
        "column_5",
        "column_2020",
    ]
    assert found.columns[1].source_name == "=HYPERLINK(1)"


def test_what_was_there_stays_when_a_reading_fails(read_in_child: Read, tmp_path: Path) -> None:
    kept = read_in_child(GOOD).snapshot.path
    with pytest.raises(BadInput):
        read_in_child(GOOD + "1,\0\n")
    assert [file.name for file in (tmp_path / "data").iterdir()] == [kept.name]


def test_no_error_ever_quotes_the_data(read_in_child: Read, tmp_path: Path) -> None:
    bare = contract(*HOUSING.columns, column("sex", "VARCHAR"))
    files = [
        ("uprn,arrears\nZelda Quince,1\n" * 3, HOUSING),
        ("Zelda Quince,F\nBen Brown,M\n", HOUSING),  # no header, and nothing in it that could not be one
        ("Zelda Quince,1931-02-27\nBen Brown,1950-01-01\n", bare),
        ('uprn,arrears\n1,Zelda Quince\n2,"Zelda Quince\n' + "3,4\n" * 9, HOUSING),
    ]
    for text, wanted in files:
        told = refused(read_in_child, tmp_path, text, wanted)
        assert "zelda" not in told.casefold() and "quince" not in told.casefold()

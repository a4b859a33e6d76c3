import csv
import datetime as dt
import gzip
import os
import stat
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.catalogue.contract import Kind
from commonweal.catalogue.ingest import Ingested, ReadingLimits, RejectedReason, source_hash
from commonweal.errors import BadInput

from .conftest import Read, column, contract

HOUSING = contract(
    column("uprn", "BIGINT", Kind.LINK),
    column("name", "VARCHAR", Kind.IDENTIFIER),
    column("arrears", "DOUBLE", Kind.SENSITIVE),
    entities=(("household", "uprn"),),
)


def rows(found: Ingested) -> list[tuple[object, ...]]:
    table = pq.read_table(found.snapshot.path)
    assert table.column_names == [c.name for c in found.contract.columns]
    assert table.num_rows == found.snapshot.rows
    return list(zip(*(c.to_pylist() for c in table.columns), strict=True))


PLAIN = "uprn,name,arrears\n1,Zoë,2.5\n2,Seán,0\n"
EXPECTED = [(1, "Zoë", 2.5), (2, "Seán", 0.0)]
BOOKS = {
    "comma": PLAIN.encode(),
    "semicolon": PLAIN.replace(",", ";").encode(),
    "tab": PLAIN.replace(",", "\t").encode(),
    "pipe": PLAIN.replace(",", "|").encode(),
    "excel's own word": ("sep=;\n" + PLAIN.replace(",", ";")).encode(),
    "CRLF": PLAIN.replace("\n", "\r\n").encode(),
    "old Macintosh line ends": PLAIN.replace("\n", "\r").encode(),
    "no last line end": PLAIN.rstrip().encode(),
    "blank lines above": b"\n\n" + PLAIN.encode(),
    "blank lines below": PLAIN.encode() + b"\n\n\n",
    "UTF-8 with mark": PLAIN.encode("utf-8-sig"),
    "UTF-16 with mark": PLAIN.encode("utf-16"),
    "UTF-16 without mark": PLAIN.encode("utf-16-le"),
    "UTF-16 the other way": PLAIN.encode("utf-16-be"),
    "UTF-32": PLAIN.encode("utf-32"),
    "Windows": PLAIN.encode("cp1252"),
    "gzip": gzip.compress(PLAIN.encode()),
    "gzip of Windows": gzip.compress(PLAIN.encode("cp1252")),
    "quoted": b'"uprn","name","arrears"\n"1","Zo\xc3\xab","2.5"\n"2","Se\xc3\xa1n","0"\n',
    "single quotes": "'uprn','name','arrears'\n'1','Zoë','2.5'\n'2','Seán','0'\n".encode(),
    "other capitals and blanks": b" UPRN , Name,ARREARS \n 1 , Zo\xc3\xab , 2.5\n2,Se\xc3\xa1n,0\n",
    "no header, same columns": "10001,Zoë,2.5\n10002,Seán,0\n".encode(),
}


@pytest.mark.parametrize("name", BOOKS)
def test_any_dialect_and_encoding_gives_the_same_rows(read: Read, name: str) -> None:
    found = read(BOOKS[name], HOUSING)
    expected = EXPECTED if "no header" not in name else [(u + 10000, n, a) for u, n, a in EXPECTED]
    assert rows(found) == expected
    assert found.rejected.count == 0


def test_what_people_write_is_read_exactly_or_not_at_all(read: Read) -> None:
    written = {
        "100023336956": 100023336956,
        "000100023336956": 100023336956,
        "1000 2333 6956": 100023336956,
        "1.00023336956E11": 100023336956,
        "100023336956.0": 100023336956,
        "": None,
        "N/A": None,
        "1.00023E+11": "lost digits",
        "100023336956.5": "no whole number",
        "twelve": "a word",
        "1,2,3": "not thousands",
        "99999999999999999999": "too large",
    }
    bad = [text for text, value in written.items() if isinstance(value, str)]
    text = "uprn;arrears\n" + "".join(f'"{u}";1\n' for u in written) + "".join(f"{i};1\n" for i in range(1, 101))
    wanted = contract(column("uprn", "BIGINT", Kind.LINK), column("arrears", "DOUBLE", Kind.SENSITIVE))
    found = read(text, wanted)
    assert [row[0] for row in rows(found)[:7]] == [value for value in written.values() if not isinstance(value, str)]
    assert found.rejected.count == len(bad)
    (reason,) = found.rejected.reasons
    assert reason == RejectedReason("uprn", "is not a whole number that fits BIGINT", 5, 9)


def test_amounts_are_numbers_when_the_contract_says_so(read: Read) -> None:
    amounts = {
        "£1,234.50": 1234.5,
        "1,234": 1234.0,
        "(12.50)": -12.5,
        "-£3": -3.0,
        "£-3": -3.0,
        "1e3": 1000.0,
        ".5": 0.5,
    }
    text = "uprn\tarrears\n" + "".join(f"{i}\t{a}\n" for i, a in enumerate(amounts, 1))
    wanted = contract(column("uprn", "BIGINT"), column("arrears", "DOUBLE"))
    assert [row[1] for row in rows(read(text, wanted))] == list(amounts.values())
    assert read(text).contract.by_name["arrears"].logical_type == "string"


def test_rows_that_cannot_be_read_are_set_aside_with_place_and_reason(read: Read) -> None:
    wanted = contract(
        column("uprn", "BIGINT", Kind.LINK, required=True),
        column("arrears", "DOUBLE", Kind.SENSITIVE, minimum=0.0, maximum=100.0),
        column("tenancy", "VARCHAR", Kind.QUASI, codes=("owner", "council")),
    )
    lines = [f"{i},{i % 100},owner" for i in range(1, 201)]
    lines[4] = "5,-1,owner"
    lines[9] = "10,500,owner"
    lines[14] = "15,1,squat"
    lines[19] = ",1,owner"
    lines[24] = "25,1"
    lines[29] = "30,1,owner,extra"
    lines[34] = '35,"1"2,owner'
    lines[39] = "x,y,z"
    found = read("uprn,arrears,tenancy\n" + "\n".join(lines) + "\n", wanted)
    assert found.snapshot.rows == 192 and found.snapshot.rejected_rows == found.rejected.count == 8
    path = found.rejected.path
    assert path is not None and stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(newline="") as file:
        kept = {(int(line["row"]), line["column"], line["reason"]) for line in csv.DictReader(file)}
    assert kept == {
        (6, "arrears", "is below the minimum"),
        (11, "arrears", "is above the maximum"),
        (16, "tenancy", "is not in the code list"),
        (21, "uprn", "is missing"),
        (26, "", "has too few fields (2 for 3 columns)"),
        (31, "", "has too many fields (4 for 3 columns)"),
        (36, "", "has a quote in the wrong place"),
        (41, "uprn", "is not a whole number that fits BIGINT"),
        (41, "arrears", "is not a number"),
        (41, "tenancy", "is not in the code list"),
    }
    assert {r[0] for r in rows(found)} == set(range(1, 201)) - {5, 10, 15, 20, 25, 30, 35, 40}


def test_too_many_unreadable_rows_add_nothing(read: Read, tmp_path: Path) -> None:
    text = "uprn,name,arrears\n" + "1,a,1\n" * 80 + "1,a,much\n" * 20
    with pytest.raises(BadInput) as caught:
        read(text, HOUSING)
    assert caught.value.message == "20 of 100 rows cannot be read."
    assert "arrears is not a number (20 rows, first row 82)" in caught.value.why
    assert "at most 10 of 100" in caught.value.why
    assert str(caught.value.place) == "table.csv, row 82, column arrears"
    assert not (tmp_path / "data").exists()
    assert read(text, HOUSING, limits=ReadingLimits(rejected_share=0.2, threads=1)).rejected.count == 20


def test_dates_need_a_proof_of_their_order(read: Read) -> None:
    wanted = contract(column("id", "BIGINT"), column("on", "DATE"))

    def dated(*days: str) -> str:
        return "id,on\n" + "".join(f"{i},{day}\n" for i, day in enumerate(days))

    assert rows(read(dated("13/05/2016", "01/02/2016"), wanted)) == [
        (0, dt.date(2016, 5, 13)),
        (1, dt.date(2016, 2, 1)),
    ]
    assert rows(read(dated("05/13/2016", "01/02/2016"), wanted)) == [
        (0, dt.date(2016, 5, 13)),
        (1, dt.date(2016, 1, 2)),
    ]
    spelt = [
        "2016-05-13",
        "2016-5-3",
        "13 May 2016",
        "13-May-2016",
        "2016/05/13",
        "2016-05-13 00:00:00",
        "2016-05-13T00:00",
    ]
    assert [row[1].day for row in rows(read(dated(*spelt), wanted))] == [13, 3, 13, 13, 13, 13, 13]  # type: ignore[attr-defined]
    with pytest.raises(BadInput) as ambiguous:
        read(dated("01/02/2016", "03/04/2016"), wanted)
    assert "day-first or month-first" in ambiguous.value.message
    assert str(ambiguous.value.place) == "table.csv, column on"
    with pytest.raises(BadInput, match="contradict each other"):
        read(dated("13/05/2016", "05/13/2016"), wanted)
    stated = contract(column("id", "BIGINT"), column("on", "DATE", format="dd/MM/yyyy"))
    assert rows(read(dated("01/02/2016"), stated)) == [(0, dt.date(2016, 2, 1))]
    with pytest.raises(BadInput, match="2 of 2 rows"):
        read(dated("2016-02-30", "31/02/2016"), stated)
    drafted = read(dated("01/02/2016", "03/04/2016"))
    assert drafted.contract.by_name["column_on"].physical_type == "VARCHAR"
    assert "could be day-first or month-first" in drafted.notes[0]


def test_a_missing_column_is_named_with_the_nearest_header(read: Read) -> None:
    with pytest.raises(BadInput) as caught:
        read("uprn,nmae,arrears,sex\n1,a,2,F\n", HOUSING)
    assert caught.value.message == "The file lacks a column of the contract."
    assert "name (nearest in the file: nmae)" in caught.value.why
    assert str(caught.value.place) == "table.csv, row 1, column name"


def test_a_header_that_looks_like_data_is_known_by_the_contract(read: Read) -> None:
    wanted = contract(column("uprn", "BIGINT"), column("y2020", "BIGINT", source_name="2020-01-01"))
    assert rows(read("uprn,2020-01-01\n1,2\n", wanted)) == [(1, 2)]


def test_columns_outside_the_contract_are_left_out_and_named(read: Read) -> None:
    found = read("sex,arrears,religion,uprn,name\nF,1,none,2,a\n", HOUSING)
    assert rows(found) == [(2, "a", 1.0)]
    assert found.notes == ("table.csv: not in the contract and never read: sex, religion.",)
    assert b"none" not in found.snapshot.path.read_bytes() and b"religion" not in found.snapshot.path.read_bytes()


def test_a_column_declared_unique_must_be(read: Read) -> None:
    wanted = contract(column("uprn", "BIGINT", Kind.LINK, unique=True))
    with pytest.raises(BadInput) as caught:
        read("uprn\n1\n2\n2\n2\n\n\n3\n", wanted)
    assert caught.value.message == "Column uprn is declared unique and is not."
    assert "2 rows repeat" in caught.value.why
    assert read("uprn\n1\n2\n\n\n3\n", wanted).snapshot.rows == 5


def test_the_same_source_gives_the_same_snapshot(read: Read) -> None:
    text = "uprn,name,arrears\n" + "".join(f"{i},n{i},{i % 7}\n" for i in range(300_000))
    one = read(text, HOUSING, limits=ReadingLimits(threads=2))
    two = read(text, HOUSING, limits=ReadingLimits(threads=2))
    assert one.snapshot.id == two.snapshot.id
    assert two.written == ()
    two.discard()
    assert one.snapshot.path.exists()
    one.discard()
    assert list(one.snapshot.path.parent.iterdir()) == []


def test_the_source_is_known_by_its_hash_and_day(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "dated.csv"
    path.write_text(PLAIN)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    found = read(path, HOUSING, by_reference=True)
    assert found.snapshot.as_of == dt.date(2020, 9, 13)
    assert found.source.path == path and found.source.by_reference
    assert found.source.sha256 == source_hash(path)
    path.write_text(PLAIN + "3,x,1\n")
    assert found.source.sha256 != source_hash(path)
    assert read(path, HOUSING, as_of=dt.date(2021, 1, 1)).snapshot.as_of == dt.date(2021, 1, 1)


def test_a_folder_of_one_shape_is_one_table(read: Read, tmp_path: Path) -> None:
    folder = tmp_path / "months"
    folder.mkdir()
    (folder / "1.csv").write_text(PLAIN)
    (folder / "2.csv").write_bytes("arrears;name;uprn\n1;José;7\n".encode("cp1252"))
    pq.write_table(pa.table({"arrears": [9.0], "uprn": [8], "name": [" Ben "]}), folder / "3.parquet")
    (folder / ".hidden").write_bytes(b"%PDF")
    (folder / "self").symlink_to(folder)
    found = read(folder, HOUSING)
    assert rows(found) == [*EXPECTED, (7, "José", 1.0), (8, "Ben", 9.0)]
    assert any("months/self" in note for note in found.notes)
    assert found.source.sha256 == source_hash(folder)
    drafted = read(folder)
    assert drafted.snapshot.rows == 4 and [c.name for c in drafted.contract.columns] == ["uprn", "name", "arrears"]


def test_the_place_in_a_folder_names_the_file(read: Read, tmp_path: Path) -> None:
    folder = tmp_path / "months"
    folder.mkdir()
    (folder / "1.csv").write_text("uprn,name,arrears\n" + "1,a,1\n" * 100)
    (folder / "2.csv").write_text("uprn,name,arrears\n1,a,1\n1,a,b\n")
    found = read(folder, HOUSING)
    assert found.rejected.path is not None
    with found.rejected.path.open() as file:
        (line,) = csv.DictReader(file)
    assert (line["file"], line["row"], line["column"]) == ("months/2.csv", "3", "arrears")


def test_parquet_keeps_its_types_and_is_cast_where_the_contract_differs(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = pa.table(
        {
            "uprn": pa.array([100023336956.0, None, float("nan")]),
            "name": pa.array(["  a ", "", None]).dictionary_encode(),
            "arrears": pa.array(["1.5", "n/a", "£2"]),
            "on": pa.array([dt.datetime(2020, 1, 2), None, None], pa.timestamp("us", "UTC")),
        }
    )
    pq.write_table(table, path)
    wanted = contract(*HOUSING.columns, column("on", "DATE"), entities=(("household", "uprn"),))
    found = read(path, wanted)
    day = dt.date(2020, 1, 2)
    assert rows(found) == [(100023336956, "a", 1.5, day), (None, None, None, None), (None, None, 2.0, None)]
    assert "uprn: 2 rows have no key of their household." in found.notes


def workbook(path: Path, *sheets: tuple[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, lines in sheets:
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


def test_a_workbook_is_read_from_its_sheet(read: Read, tmp_path: Path) -> None:
    lines: list[list[object]] = [["uprn", "name", "arrears"], [100023336956, "Zoë", 2.5], ["2", None, "£1,000"]]
    path = workbook(tmp_path / "book.xlsx", ("Homes", [[], *lines, [""], ["", ""]]), ("Empty", []))
    assert rows(read(path, HOUSING)) == [(100023336956, "Zoë", 2.5), (2, None, 1000.0)]
    two = workbook(tmp_path / "two.xlsx", ("Homes", lines), ("Notes", [["x"], [1]]))
    with pytest.raises(BadInput) as several:
        read(two, HOUSING)
    assert "Homes, Notes" in several.value.why and "--sheet" in several.value.remedy
    assert rows(read(two, HOUSING, sheet="Homes"))[0] == (100023336956, "Zoë", 2.5)
    with pytest.raises(BadInput) as unknown:
        read(two, HOUSING, sheet="Home")
    assert unknown.value.remedy == "Did you mean Homes?"


def test_rows_of_a_workbook_are_numbered_as_it_shows_them(read: Read, tmp_path: Path) -> None:
    lines: list[list[object]] = [
        [],
        [],
        ["uprn", "name", "arrears"],
        *[[i, "a", 1] for i in range(50)],
        [1, "a", "much"],
    ]
    found = read(workbook(tmp_path / "book.xlsx", ("Homes", lines)), HOUSING)
    assert found.rejected.reasons == (RejectedReason("arrears", "is not a number", 1, 54),)


def test_a_formula_that_failed_is_no_missing_value(read: Read, tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", ("Homes", [["uprn", "name", "arrears"], [1, "a", "=1/0"]]))
    with pytest.raises(BadInput) as caught:
        read(path, HOUSING)
    assert str(caught.value.place) == "book.xlsx, row 2, column C"
    book = openpyxl.Workbook()
    book.active.append(["uprn", "name", "arrears"])
    book.active.append([1, "a", None])
    book.active["C2"] = "#DIV/0!"
    assert book.active["C2"].data_type == "e"
    book.save(path)
    with pytest.raises(BadInput, match="ends in an error"):
        read(path, HOUSING)


def test_known_values_are_carried_by_fifty_entities_of_every_kind(read: Read) -> None:
    wanted = contract(
        column("person", "BIGINT", Kind.LINK),
        column("home", "BIGINT", Kind.LINK),
        *(
            column(f"{k}_value", "VARCHAR", Kind(k))
            for k in ("quasi", "sensitive", "special", "plain", "text", "identifier")
        ),
        column("unclassified", "VARCHAR"),
        column("amount", "DOUBLE", Kind.SENSITIVE),
        entities=(("person", "person"), ("household", "home")),
    )
    header = ",".join(c.name for c in wanted.columns) + "\n"
    lines = []
    for i in range(60):  # 60 people in 60 homes: known
        lines.append([i, i, *["many"] * 7, 1])
    for i in range(60):  # 60 people in one home: known to be of one household
        lines.append([100 + i, 1000, *["crowd"] * 7, 2])
    for _ in range(100):  # one person a hundred times
        lines.append([500, 500, *["often"] * 7, 3])
    for i in range(49):
        lines.append([600 + i, 600 + i, *["nearly"] * 7, 4])
    found = read(header + "".join(",".join(map(str, line)) + "\n" for line in lines), wanted)
    only = {f"{k}_value": ("many",) for k in ("quasi", "sensitive", "special", "plain")}
    assert found.snapshot.known_values == only | {"amount": ("1.0",)}


def test_invalid_identifiers_are_counted_not_shown(read: Read) -> None:
    wanted = contract(column("nhs_number", "VARCHAR", Kind.IDENTIFIER), column("uprn", "BIGINT", Kind.LINK))
    found = read("nhs_number,uprn\n943 476 5919,1\n9434765918,2\n0000000000,3\n9990000018,1234567890123\n", wanted)
    assert [row[0] for row in rows(found)] == ["9434765919", "9434765918", "0000000000", "9990000018"]
    assert "nhs_number: 2 values are not a valid NHS number." in found.notes
    assert "nhs_number: 1 values are of the range kept for tests (999...)." in found.notes
    assert "uprn: 1 values are not a valid Unique Property Reference Number." in found.notes


def test_progress_goes_forward(read: Read) -> None:
    told: list[tuple[str, float]] = []
    read(PLAIN, HOUSING, progress=lambda doing, share: told.append((doing, share)))
    assert [doing for doing, _ in dict.fromkeys(told)][-1] == "checking"
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] < 1

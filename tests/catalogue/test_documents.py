"""The pages about contracts say what the code does."""

import re
from pathlib import Path

import yaml

from commonweal.catalogue.contract import Kind
from commonweal.catalogue.document import levels_from_document
from commonweal.catalogue.levels import Scale
from commonweal.catalogue.odcs import read_contract
from commonweal.catalogue.standards import STANDARDS

REFERENCE = (Path(__file__).parents[2] / "docs/reference/contract.md").read_text()


def test_every_kind_and_standard_is_on_the_page_with_its_kind() -> None:
    for kind in Kind:
        assert f"| `{kind}` |" in REFERENCE
    rows = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \| (\w+) \|", REFERENCE, re.MULTILINE)
    listed = {name: kind for names, kind in rows for name in re.findall(r"`([a-z-]+)`", names)}
    assert listed == {name: standard.kind.value for name, standard in STANDARDS.items()}


def test_the_example_reads() -> None:
    example = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)[0]
    read = read_contract(example, source="contract.md")
    assert [column.name for column in read.columns] == ["uprn", "tenancy", "let_on", "arrears"]
    assert read.by_name["arrears"].source_name == "Arrears (GBP)"
    assert read.by_name["let_on"].format == "dd/MM/yyyy"
    assert read.by_name["tenancy"].codes == ("owner", "council")


def test_every_form_of_levels_on_the_page_reads() -> None:
    forms = re.findall(r"^\| `(\{.*\})` \|", REFERENCE, re.MULTILINE)
    read = [levels_from_document(yaml.safe_load(form)) for form in forms]
    assert {levels.scale for levels in read if levels} == set(Scale)
    assert len(read) >= 9 and None not in read

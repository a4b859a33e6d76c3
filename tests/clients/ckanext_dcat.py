"""The catalogue's feed, read by the real ckanext-dcat parser: ``python tests/clients/ckanext_dcat.py FOLDER [ADDRESS]``.

FOLDER is where CKAN 2.11 and ckanext-dcat are put into an environment of their own (made when it is not there: some
hundred packages, CKAN is AGPL and is no part of this product). ADDRESS is that of a feed, /catalogue.ttl of a served
installation; without one a small town is built and its feed is read. It prints what the parser made of the feed, and
ends with 1 when a dataset, its access service or its publisher is missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from urllib.request import urlopen

PACKAGES = ("ckan[requirements]==2.11.*", "ckanext-dcat==2.4.*", "geomet")

PARSER = """
import json, sys
from ckanext.dcat.processors import RDFParser
parser = RDFParser(profiles=["euro_dcat_ap_3"])
parser.parse(sys.stdin.read(), _format=sys.argv[1])
print(json.dumps({"datasets": list(parser.datasets()), "next": parser.next_page()}))
"""


def environment(folder: Path) -> Path:
    """Return the Python of an environment with the parser, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def feeds(address: str | None) -> dict[str, str]:
    """Return the feed in both forms: of an address, or of a town that is built for it."""
    if address is not None:
        root = address.rpartition(".")[0]
        return {
            form: urlopen(f"{root}.{end}").read().decode() for form, end in (("turtle", "ttl"), ("json-ld", "jsonld"))
        }
    from tests.web.served import Served, build, copied

    with tempfile.TemporaryDirectory() as folder, copied(build(Path(folder)), Path(folder) / "served") as installation:
        visitor = Served(installation).browser()
        return {form: visitor.get(f"/catalogue.{end}").text for form, end in (("turtle", "ttl"), ("json-ld", "jsonld"))}


def main() -> int:
    """Read both forms with the parser; say what it made of them."""
    python = environment(Path(sys.argv[1]).absolute())
    wrong = 0
    for form, text in feeds(sys.argv[2] if len(sys.argv) > 2 else None).items():
        done = subprocess.run([python, "-c", PARSER, form], input=text, capture_output=True, text=True, check=True)
        read = json.loads(done.stdout.splitlines()[-1])
        print(f"{form}: {len(read['datasets'])} datasets, next page {read['next']}")
        for dataset in read["datasets"]:
            extras = {each["key"]: each["value"] for each in dataset["extras"]}
            (resource,) = dataset["resources"]
            services = json.loads(resource.get("access_services", "[]"))
            print(f"  {extras.get('identifier')}: {dataset['title']}; publisher {extras.get('publisher_name')}; "
                  f"{len(services)} service at {services[0]['endpoint_url'] if services else '-'}")  # fmt: skip
            wrong += not (dataset["title"] and dataset["notes"] and extras.get("publisher_name") and services)
        wrong += not read["datasets"]
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

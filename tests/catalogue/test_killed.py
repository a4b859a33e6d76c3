"""A reading that is killed leaves nothing for good: the next reading into the same folder clears its workspace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from commonweal.catalogue.ingest import read_source

READER = """
import sys, time
from pathlib import Path
from commonweal.catalogue.ingest import read_source

def stop(doing, share):
    print(doing, flush=True)
    time.sleep(60)

read_source(Path(sys.argv[1]), contract=None, into=Path(sys.argv[2]), progress=stop)
"""


def test_a_killed_readings_workspace_goes_and_a_living_ones_stays(tmp_path: Path) -> None:
    source, into = tmp_path / "table.csv", tmp_path / "data"
    source.write_text("a,b\n1,2\n3,4\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", READER, source, into]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout is not None and other.stdout.readline()
        (workspace,) = into.glob(".reading-*")
        read_source(source, contract=None, into=into)
        assert workspace.is_dir(), "the workspace of a living reading was taken away"
        other.kill()
    assert workspace.is_dir(), "there must be something to clear"
    read_source(source, contract=None, into=into)
    assert [path.suffix for path in into.iterdir()] == [".parquet"]

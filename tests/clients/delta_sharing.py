"""A published table, read by the official client of Delta Sharing: ``python -m tests.clients.delta_sharing FOLDER``.

FOLDER is where delta-sharing is put into an environment of its own (made when it is not there): it asks for older versions
of pandas and pyarrow than this product is tested with. A small town is built, served, and publishes an answer; the client
lists it, reads it, asks for its version and its columns, and is turned away when its token is revoked. What it found is
printed; the end is 1 when anything differs from the answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from datetime import timedelta
from pathlib import Path

PACKAGES = ("delta-sharing==1.4.*",)

CLIENT = """
import json, sys
import delta_sharing
profile, table = sys.argv[1:]
client = delta_sharing.SharingClient(profile)
try:
    shares = client.list_shares()
except Exception as error:
    print(json.dumps({"refused": str(error)[:200]}))
    sys.exit()
whole = delta_sharing.load_as_pandas(profile + "#" + table)
print(json.dumps({
    "shares": [share.name for share in shares],
    "schemas": [schema.name for share in shares for schema in client.list_schemas(share)],
    "tables": [".".join((t.share, t.schema, t.name)) for t in client.list_all_tables()],
    "version": delta_sharing.get_table_version(profile + "#" + table),
    "schema": json.loads(delta_sharing.get_table_metadata(profile + "#" + table).schema_string),
    "rows": whole.astype(object).where(whole.notna(), None).to_dict("records"),
    "limited": len(delta_sharing.load_as_pandas(profile + "#" + table, limit=2)),
}))
"""


def environment(folder: Path) -> Path:
    """Return the Python of an environment with the client, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def main() -> int:
    """Publish, read with the client, revoke, try again; say what came of it."""
    from commonweal.identity import tokens
    from commonweal.installation.published_answers import publish_answer
    from tests.acceptance import town as acceptance
    from tests.client.conftest import FOR_EVERYBODY, PUBLIC
    from tests.web.browser import serving
    from tests.web.people import ANALYST, OFFICER
    from tests.web.served import Served, build, copied

    python = environment(Path(sys.argv[1]).absolute())
    sql = "select tenancy, count(*) as homes, avg(arrears) as mean from housing group by tenancy order by tenancy"
    with tempfile.TemporaryDirectory() as folder, copied(build(Path(folder)), Path(folder) / "served") as installation:
        acceptance.share(installation, FOR_EVERYBODY)
        answer = installation.gateway(ANALYST).ask(sql, agreement=PUBLIC)
        made = publish_answer(installation, answer.receipt.index, "homes_by_tenancy", by=OFFICER)
        with installation.transaction() as connection:
            now = installation.ledger.now(connection)
            token, secret = tokens.make(
                connection,
                ANALYST,
                name="delta",
                agreements=frozenset({PUBLIC}),
                until=now + timedelta(days=1),
                now=now,
            )
        profile, table = Path(folder) / "commonweal.share", f"published.{PUBLIC}.homes_by_tenancy"
        with serving(Served(installation)) as address:
            said = {"shareCredentialsVersion": 1, "endpoint": f"{address}/delta-sharing", "bearerToken": secret}
            profile.write_text(json.dumps(said))
            read = _client(python, profile, table)
            with installation.transaction() as connection:
                tokens.revoke(connection, ANALYST, token.id, installation.ledger.now(connection))
            after = _client(python, profile, table)
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    right = {
        "tables": read.get("tables") == [table],
        "version": read.get("version") == made.entry,
        "rows": read.get("rows") == json.loads(json.dumps(rows)),
        "withheld": bool(answer.withheld),
        "limited": read.get("limited") == 2,
        "revoked": "401" in str(after.get("refused")),
    }
    print(json.dumps(read, indent=1))
    print(f"after revocation: {after}")
    print(right)
    return int(not all(right.values()))


def _client(python: Path, profile: Path, table: str) -> dict[str, object]:
    done = subprocess.run([python, "-c", CLIENT, profile, table], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    sys.exit(main())

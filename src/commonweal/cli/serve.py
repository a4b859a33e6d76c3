"""``commonweal serve``: the pages and the HTTP API of this installation, on this machine."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from commonweal.cli.output import folder_here, note, want_json, write_json

app = typer.Typer()

APPLICATION = "commonweal.web.application:application"
"""The application by name, as servers take it: this room knows no more of the other."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8765,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes serve.")] = 1,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="Believe X-Forwarded-For and -Proto of a proxy on this machine.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write where it serves as one JSON document first.")] = False,
) -> None:
    """Serve the pages and the HTTP API until interrupted. Put it behind a proxy that speaks HTTPS before others use it."""
    import uvicorn  # imported when used, like all that --help must not wait for

    want_json(as_json)
    folder = folder_here()
    os.environ["COMMONWEAL_INSTALLATION"] = str(folder)
    where = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if as_json:
        write_json({"serving": where, "installation": str(folder)})
    note(f"Serving {folder.name} at {where} - stop it with Ctrl-C")
    uvicorn.run(
        APPLICATION,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        proxy_headers=behind_proxy,
        forwarded_allow_ips="127.0.0.1" if behind_proxy else None,
        server_header=False,
        date_header=True,
        access_log=False,
        log_level="warning",
    )

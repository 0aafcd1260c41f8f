"""`advisor app`: what-ifs in a browser, served by this machine to this machine."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from advisor.cli.trouble import warn
from advisor.shipped import shipped_path

EXAMPLES: Final = ("advisor app", "advisor app --port 8600 --open")
_AT_HOME: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def app(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on")] = 8501,
    address: Annotated[
        str, typer.Option("--address", metavar="ADDRESS", help="Address to listen on; localhost: this machine alone")
    ] = "localhost",
    open: Annotated[bool, typer.Option("--open", metavar="", help="Open the page in a browser")] = False,
) -> None:
    """Explore what-ifs in a browser: the same answers as `recommend`, `batch`, `drain` and `patch`.

    It listens on this machine alone. There is no login: whoever reaches another address may use it.
    """
    if address not in _AT_HOME:
        warn(f"listening on {address}: whoever reaches it may use the app; put a proxy with a login before it")
    flags = {
        "server.port": port,
        "server.address": address,
        "server.headless": str(not open).lower(),
        "server.showEmailPrompt": "false",
        "client.disableDataExport": "true",
        "browser.gatherUsageStats": "false",
    }
    command = ["run", str(shipped_path("app.py")), *(f"--{name}={value}" for name, value in flags.items())]
    from streamlit.web.cli import main

    # Streamlit's own program, in this process: what stops the one stops the other.
    main(args=command, prog_name="streamlit", standalone_mode=False)

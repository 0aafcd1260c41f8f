"""The app as it is served, on a port of its own, and a real Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOW_TO_GET = "install Chromium, such as with apt-get install chromium"
ADVISOR = "from advisor.cli.main import run; run()"
CHECKOUT = Path(__file__).resolve().parents[2]
_LONGEST_START_S = 90


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """`advisor app`, started as a user starts it; gives its address."""
    port = free_port()
    command = [sys.executable, "-c", ADVISOR, "app", "--port", str(port)]
    log = folder / "app.log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            command,
            cwd=folder,
            # Without a watcher: a file that is saved meanwhile would be loaded beside what was loaded before.
            env=os.environ | {"PYTHONPATH": str(CHECKOUT), "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none"},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://localhost:{port}/_stcore/health", server, log)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _LONGEST_START_S
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the app did not start: {log.read_text(encoding='utf-8', errors='replace')}")


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()

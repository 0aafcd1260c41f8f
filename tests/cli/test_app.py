"""`advisor app`: what Streamlit is started with. That it serves is shown in tests/e2e."""

from pathlib import Path

import pytest


@pytest.fixture
def started(monkeypatch):
    """Arguments that Streamlit was started with."""
    given = []
    monkeypatch.setattr("streamlit.web.cli.main", lambda **call: given.append(call["args"]))
    return given


def test_it_listens_on_this_machine_alone_and_sends_no_statistics(advisor, started):
    done = advisor("app")
    assert (done.code, done.out, done.err) == (0, "", "")
    (command, script, *flags) = started[0]
    assert (command, Path(script).name) == ("run", "app.py")
    assert Path(script).is_file()
    assert set(flags) >= {
        "--server.address=localhost",
        "--server.port=8501",
        "--browser.gatherUsageStats=false",
        "--client.disableDataExport=true",
    }


def test_another_address_is_warned_of(advisor, started):
    done = advisor("app", "--address", "0.0.0.0", "--port", "9000", "--open")
    assert done.code == 0
    assert "whoever reaches it may use the app" in done.err
    assert set(started[0]) >= {
        "--server.address=0.0.0.0",
        "--server.port=9000",
        "--server.headless=false",
        "--server.showEmailPrompt=false",
    }


@pytest.mark.parametrize("port", ["0", "70000", "x"])
def test_a_port_that_cannot_be_is_refused(advisor, started, port):
    assert advisor("app", "--port", port).code == 2
    assert not started

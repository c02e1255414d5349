"""A server that is asked to end, ends well, whatever it is doing."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.integration.server import COLD, Server, install

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_while_its_model_is_loading(tmp_path: Path, models_dir: Path, by: signal.Signals) -> None:
    data, token = install(tmp_path / "data", models_dir)
    server = Server(data, token, COLD)
    server.wait("keywords")
    assert server.parts()["dense"] != "ok"
    assert server.stop(by) == 0, server.log[-3:]

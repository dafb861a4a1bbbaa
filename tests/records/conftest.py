"""A data set to damage, and a server that misbehaves on demand."""

import shutil
import threading
from pathlib import Path

import pytest
from buckets import Bucket

from sketchlib.records import remote


@pytest.fixture
def victim(doodle_folder, tmp_path) -> Path:
    """A copy that may be damaged."""
    return shutil.copytree(doodle_folder, tmp_path / "victim")


@pytest.fixture
def bucket(monkeypatch):
    monkeypatch.setattr(remote, "BACKOFF_SECONDS", 0.001)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Bucket() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()

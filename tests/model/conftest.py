"""Settings of a training that takes no time."""

import pytest

from sketchlib.settings import Settings


@pytest.fixture
def tiny_architecture(monkeypatch):
    from tiny_model import tiny

    from sketchlib.model import models

    monkeypatch.setitem(models.ARCHITECTURES, "tiny", tiny)


@pytest.fixture
def settings(doodle_folder, tmp_path, tiny_architecture):
    return Settings(
        dataset=str(doodle_folder),
        run=str(tmp_path / "run"),
        model="tiny",
        epochs=3,
        batch_size=16,
        learning_rate=0.01,
        mixed_precision=False,
    )

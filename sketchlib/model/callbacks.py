"""What a training does after every epoch: time and log it, keep the best weights, a checkpoint."""

import csv
import time
from pathlib import Path
from typing import Any

from sketchlib._shared.backend import keras
from sketchlib.model.run_folder import HISTORY, read_history
from sketchlib.settings import Settings

BEST = "best.weights.h5"


def of(settings: Settings, checkpoint: Path) -> list[keras.callbacks.Callback]:
    """Return the callbacks that time and log epochs, keep the best weights and allow a restart."""
    seen = read_history(checkpoint)
    best = max((epoch["val_accuracy"] for epoch in seen), default=None)
    chosen = keras.callbacks.ModelCheckpoint(
        checkpoint / BEST,
        monitor="val_accuracy",
        mode="max",
        save_best_only=True,
        save_weights_only=True,
        initial_value_threshold=best,
    )
    return [
        _Seconds(),
        *([keras.callbacks.SwapEMAWeights()] if settings.averaging else []),  # to validate them
        *([chosen] if settings.keep == "best" else []),  # first: what the log says is best is there
        _Log(checkpoint / HISTORY),
        keras.callbacks.BackupAndRestore(
            checkpoint / "backup",
            double_checkpoint=True,
            delete_checkpoint=False,  # not before the model is saved
        ),
    ]


class _Seconds(keras.callbacks.Callback):
    """Add the seconds that an epoch took to its logs."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.begin = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        logs["seconds"] = round(time.monotonic() - self.begin, 3)


class _Log(keras.callbacks.Callback):
    """Add a line to a CSV file for each epoch; it is closed between them, so it can be deleted."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["epoch", *sorted(logs)])
            if not file.tell():
                writer.writeheader()
            writer.writerow({"epoch": epoch, **logs})

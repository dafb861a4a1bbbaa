"""What a training does after every epoch: time it, and keep a checkpoint with its history."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sketchlib._shared.backend import keras
from sketchlib.model import checkpoints
from sketchlib.model.checkpoints import Checkpoint
from sketchlib.settings import Settings


def of(settings: Settings, keep: "Keep") -> list[keras.callbacks.Callback]:
    """Return the callbacks that time epochs, validate what is averaged, and keep checkpoints."""
    averaged = [keras.callbacks.SwapEMAWeights()] if settings.averaging else []
    return [_Seconds(), *averaged, keep]


class _Seconds(keras.callbacks.Callback):
    """Add the seconds that an epoch took to its logs."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.begin = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        logs["seconds"] = round(time.monotonic() - self.begin, 3)


class Keep(keras.callbacks.Callback):
    """Keeps a checkpoint in a folder after every epoch, with the best epoch's weights if asked.

    begun: the checkpoint that the training goes on from. variables: all that it changes. reached:
    the last checkpoint.
    """

    def __init__(
        self, folder: Path, begun: Checkpoint, variables: Sequence[keras.Variable], best: bool
    ):
        super().__init__()
        self.folder, self.reached, self.variables, self.best = folder, begun, variables, best

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Keep a checkpoint of this epoch."""
        earlier, best = self.reached.history, self.reached.best
        if self.best and all(logs["val_accuracy"] > row["val_accuracy"] for row in earlier):
            best = self.model.get_weights()
        told = {name: float(logs[name]) for name in sorted(logs)}
        now = [keras.ops.convert_to_numpy(variable) for variable in self.variables]
        self.reached = Checkpoint([*earlier, {"epoch": epoch + 1, **told}], best, now)
        checkpoints.write(self.folder, self.reached)

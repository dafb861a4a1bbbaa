"""What it trains on is found out at run time."""

import os
import platform
import subprocess
import sys

import pytest
from little_world import ROOT

from sketchlib.model import hardware, training
from sketchlib.settings import Settings


@pytest.fixture
def gain(monkeypatch):
    """Pretend that bfloat16 is so many times as fast as float32."""
    return lambda times: monkeypatch.setattr(hardware, "bfloat16_gain", lambda: times)


@pytest.mark.parametrize(
    ("times", "expected"), [(0.1, False), (1.0, False), (1.6, False), (3.0, True)]
)
def test_auto_takes_bfloat16_only_where_it_is_faster(gain, times, expected):
    gain(times)
    settings = Settings(model="strokes")
    assert hardware.in_bfloat16(settings) is expected
    said = hardware.sentence(settings)
    assert (", in bfloat16" in said) is expected and f"{times:.1f} times as fast" in said


@pytest.mark.parametrize("model", hardware.RECURRENT)
def test_auto_leaves_recurrent_models_in_float32_without_a_trial(monkeypatch, model):
    monkeypatch.delattr(hardware, "bfloat16_gain")
    assert not hardware.in_bfloat16(Settings(model=model))
    assert "in float32" in hardware.sentence(Settings(model=model))


@pytest.mark.parametrize("choice", [True, False])
def test_what_is_set_is_done(gain, choice):
    gain(0.1 if choice else 10)
    settings = Settings(model="strokes", mixed_precision=choice)
    assert hardware.in_bfloat16(settings) is choice


def test_the_choice_is_made_by_trial():
    hardware.bfloat16_gain.cache_clear()
    assert 0.001 < hardware.bfloat16_gain() < 100


TOLD = "from sketchlib.model import hardware; print(hardware.onednn(), hardware.bfloat16_gain())"


def test_where_bfloat16_is_only_imitated_float32_is_taken():
    """Without oneDNN TensorFlow imitates it on every x86 processor."""
    done = subprocess.run(
        [sys.executable, "-c", TOLD],
        env=os.environ | {"TF_ENABLE_ONEDNN_OPTS": "0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    onednn, gain = done.stdout.split()
    assert onednn == "off"
    if "x86" not in platform.machine().lower().replace("amd64", "x86"):
        pytest.skip("this processor may know it")
    assert float(gain) < 1


def test_training_asks_and_tells(doodle_settings, gain, tmp_path):
    gain(10)
    settings = doodle_settings.changed(
        run=str(tmp_path), model="strokes", mixed_precision="auto", epochs=1, steps_per_epoch=1
    )
    asked = {}

    class Look(training.keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            asked["policies"] = {layer.compute_dtype for layer in self.model.layers}

    run = training.train(settings, verbose=0, callbacks=[Look()])
    assert "bfloat16" in asked["policies"]
    assert "in bfloat16" in training.read_facts(run)["trained_on"]

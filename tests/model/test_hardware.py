"""What it trains on is found out at run time."""

import os
import platform
import random
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from little_world import ROOT

from sketchlib.model import hardware, models, training
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


@pytest.fixture
def model():
    return models.build("conv_lstm", 5)


def test_xla_is_tried_only_for_long_trainings(model, monkeypatch, capsys):
    monkeypatch.setattr(hardware, "_step_seconds", None)
    assert not hardware.with_xla(Settings(), model, hardware.FEWEST_STEPS - 1)
    assert hardware.with_xla(Settings(jit_compile=True), model, 10)
    assert not hardware.with_xla(Settings(jit_compile=False), model, 10**9)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("compiling", "fast", "expected"),
    [(10.0, 0.01, True), (10.0, 0.03, False), (99.0, 0.011, False)],
)
def test_xla_is_taken_where_it_is_ready_sooner(
    model, monkeypatch, capsys, compiling, fast, expected
):
    def seconds(model, batch_size, jit_compile):
        assert batch_size == 32
        return (compiling, fast) if jit_compile else (5.0, 0.02)

    monkeypatch.setattr(hardware, "_step_seconds", seconds)
    assert hardware.with_xla(Settings(), model, 10_000) is expected
    told = capsys.readouterr().out
    assert f"{fast / 0.02:.0%} of the time here" in told and ("not used" in told) is not expected


def test_xla_is_tried_on_a_copy_and_leaves_chance_as_it_was(model, capsys):
    before, weights = random.getstate(), [w.numpy() for w in model.weights]
    hardware.with_xla(Settings(), model, hardware.FEWEST_STEPS)
    assert "With XLA a training step takes" in capsys.readouterr().out
    assert random.getstate() == before
    assert all(map(np.array_equal, weights, model.weights))


def test_a_build_without_xla_trains_without(model, monkeypatch):
    def seconds(model, batch_size, jit_compile):
        if jit_compile:
            raise tf.errors.UnimplementedError(None, None, "no XLA here")
        return 5.0, 0.02

    monkeypatch.setattr(hardware, "_step_seconds", seconds)
    assert not hardware.with_xla(Settings(), model, 10**6)


def test_training_tells_of_xla(doodle_settings, monkeypatch, tmp_path):
    monkeypatch.setattr(hardware, "with_xla", lambda settings, model, steps: steps == 2)
    settings = doodle_settings.changed(run=str(tmp_path), epochs=2, steps_per_epoch=1)
    compiled = []

    class Look(training.keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            compiled.append(self.model.jit_compile)

    run = training.train(settings, verbose=0, callbacks=[Look()])
    assert compiled == [True] and training.read_facts(run)["trained_on"].endswith(", with XLA")

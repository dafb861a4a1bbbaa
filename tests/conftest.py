"""What several test modules share: real drawings, and a little world made of doodles."""

import os
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from little_world import DOODLES, EVAL_SHARE, ROOT

matplotlib.use("Agg")  # figures open no windows, which not every machine can
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # the tests' models are too small for a GPU

# What depends on the processor, and so is run again with other settings of it.
HARDWARE = {
    *("test_anatomy", "test_augmentation", "test_build_model", "test_evaluation"),
    *("test_hardware", "test_layers", "test_models", "test_predictor"),
}
# What trains for minutes, and so is run once.
LONG = {
    *("test_callbacks", "test_comparison", "test_export", "test_pipeline", "test_train"),
    *("test_training", "test_transfer"),
}


def pytest_addoption(parser):
    """Let whoever has all that the tests need be sure that all of them ran."""
    parser.addoption("--no-skips", action="store_true", help="fail if a test is skipped")


def pytest_sessionfinish(session):
    """Fail where a test was skipped that must not be."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--no-skips") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_modifyitems(items):
    """Mark each test as of the browser, torture, the hardware, long, or none: then it is quick."""
    for item in items:
        if item.path.parent.name in ("browser", "torture"):
            item.add_marker(item.path.parent.name)
        elif item.path.stem in HARDWARE:
            item.add_marker("hardware")
        elif item.path.stem in LONG:
            item.add_marker("long")
        else:
            item.add_marker("quick")


@pytest.fixture(scope="session")
def quickdraw_data() -> Path:
    """The folder of real drawings that lies beside the project, where there is one."""
    folder = ROOT.parent / "shared" / "quickdraw"
    if not folder.is_dir():
        pytest.skip("needs ../shared/quickdraw, which is not here")
    return folder


@pytest.fixture
def house() -> list[np.ndarray]:
    """A raw drawing of a house, [n, 3] each stroke."""
    from sketchlib.drawing import doodles

    return doodles.draw("house", np.random.default_rng(3))


@pytest.fixture(scope="session")
def doodle_records() -> list[dict]:
    """300 raw drawings of six classes, which take turns."""
    from sketchlib.drawing import doodles

    return list(doodles.records(DOODLES, 50, seed=7))


@pytest.fixture(scope="session")
def doodle_folder(doodle_records, tmp_path_factory) -> Path:
    """The data set of those drawings; look, but do not touch."""
    from sketchlib.records import tfrecords

    folder = tmp_path_factory.mktemp("data") / "doodles"
    return tfrecords.write(doodle_records, folder, eval_share=EVAL_SHARE)


@pytest.fixture(scope="session")
def doodle_settings(doodle_folder, tmp_path_factory):
    """Settings that train the baseline on the doodles for some seconds."""
    from sketchlib.settings import Settings

    return Settings(
        dataset=str(doodle_folder),
        run=str(tmp_path_factory.mktemp("runs") / "doodles"),
        epochs=6,
        steps_per_epoch=60,
        batch_size=8,
        learning_rate=0.002,
        keep="best",
        mixed_precision=False,
        credit="Procedural doodles",
    )


@pytest.fixture(scope="session")
def trained_run(doodle_settings) -> Path:
    """The run folder of a finished and evaluated training on the doodles."""
    import keras

    from sketchlib._shared import files
    from sketchlib.model import evaluation, training
    from sketchlib.records import dataset, layout

    class Settle(keras.callbacks.Callback):
        """Batch normalization's averages take some thousand steps; a hundred must do."""

        def on_train_begin(self, logs=None):
            for layer in self.model.layers:
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.momentum = 0.9

    run = training.train(doodle_settings, verbose=0, callbacks=[Settle()])
    folder = doodle_settings.path("dataset")
    model = keras.models.load_model(run / "model.keras")
    report = evaluation.evaluate(model, dataset.load(folder, "test"), layout.read_classes(folder))
    files.write_json(run / "metrics.json", {"cropped": report.to_dict()})
    return run


@pytest.fixture(scope="session")
def model_folder(trained_run, tmp_path_factory) -> Path:
    """The model folder exported from that run."""
    from sketchlib.model import export

    return export.export(trained_run, tmp_path_factory.mktemp("models") / "doodles")

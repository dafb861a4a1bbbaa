import io
import tracemalloc
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from sketchlib.model import models


@pytest.fixture(scope="module")
def seed():
    return models.build("conv_lstm", 345)


def ink(count: int, points: int) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.2, (count, points, 3)).astype(np.float32)


def test_the_seeds_number_of_parameters(seed):
    assert seed.count_params() == 344_089
    assert models.build("conv_lstm", 6).count_params() == 344_089 - 339 * 129


def test_the_seeds_layers(seed):
    kinds = [type(layer) for layer in seed.layers]
    convolution = [layers.Conv1D, layers.BatchNormalization]
    assert kinds == [layers.InputLayer, *3 * convolution, layers.LSTM, layers.LSTM, layers.Dense]
    convolutions = seed.layers[1:7:2]
    assert [layer.filters for layer in convolutions] == [32, 64, 128]
    assert [layer.kernel_size for layer in convolutions] == [(5,), (5,), (3,)]
    assert all(layer.strides == (2,) and layer.padding == "valid" for layer in convolutions)
    assert all(layer.activation is keras.activations.relu for layer in convolutions)
    first, second = seed.layers[7:9]
    assert (first.units, second.units) == (128, 128)
    assert first.return_sequences and not second.return_sequences
    assert seed.layers[-1].activation is keras.activations.softmax


def test_100_points_become_48_22_and_10_steps(seed):
    assert seed.input_shape == (None, 100, 3)
    assert [layer.output.shape[1] for layer in seed.layers[1:8]] == [48, 48, 22, 22, 10, 10, 10]
    assert seed.output_shape == (None, 345)


def test_it_is_compiled_as_the_seed_is(seed):
    optimizer = seed.optimizer
    assert isinstance(optimizer, keras.optimizers.SGD) and optimizer.momentum == 0
    assert float(optimizer.learning_rate) == pytest.approx(0.01)
    assert optimizer.clipnorm == 1.0
    assert seed.loss == "sparse_categorical_crossentropy"
    results = seed.evaluate(ink(6, 100), np.arange(6), verbose=0, return_dict=True)
    assert set(results) == {"loss", "accuracy", "top_5_accuracy"}


def test_top_5_is_top_5():
    model = models.build("conv_lstm", 50)
    x = ink(64, 100)
    ranked = np.argsort(model.predict_on_batch(x), axis=1)[:, ::-1]
    fifth, sixth = (model.evaluate(x, ranked[:, k], verbose=0, return_dict=True) for k in (4, 5))
    assert (fifth["top_5_accuracy"], fifth["accuracy"]) == (1, 0)
    assert sixth["top_5_accuracy"] == 0


def test_answers_are_probabilities(seed):
    answers = seed.predict_on_batch(ink(4, 100))
    assert answers.shape == (4, 345) and (answers >= 0).all()
    assert answers.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_any_number_of_points_with_the_same_weights(seed):
    free = models.with_points(seed, None)
    assert free.input_shape == (None, None, 3)
    x = ink(4, 100)
    assert free.predict_on_batch(x) == pytest.approx(seed.predict_on_batch(x), abs=1e-6)
    longer = free.predict_on_batch(ink(4, 150))
    assert longer.shape == (4, 345) and np.isfinite(longer).all()
    back = models.with_points(free, 100)
    assert np.array_equal(back.predict_on_batch(x), seed.predict_on_batch(x))


def test_an_unknown_name_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"unknown model 'lstm': it must be one of conv_lstm"):
        models.build("lstm", 345)


@pytest.mark.parametrize("number", [1, 0, -1])
def test_too_few_classes_are_told(number):
    with pytest.raises(ValueError, match=f"num_classes is {number}: .* at least 2 classes"):
        models.build("conv_lstm", number)


@pytest.mark.parametrize("name", list(models.ARCHITECTURES))
def test_every_architecture_can_be_built_by_its_name(name):
    model = models.build(name, 3)
    assert model.name == name, "with_points finds it by this name"
    assert model.input_shape == (None, 100, 3) and model.output_shape == (None, 3)


@pytest.mark.parametrize("name", list(models.ARCHITECTURES))
def test_every_architecture_answers_whatever_the_padding_and_comes_back_from_disk(name, tmp_path):
    model = models.build(name, 7)
    x = ink(4, 100)
    x[:, 40:] = 0
    answers = model.predict_on_batch(x)
    assert answers.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    model.save(tmp_path / "model.keras")
    back = keras.models.load_model(tmp_path / "model.keras")
    assert back.predict_on_batch(x) == pytest.approx(answers, abs=1e-6)
    longer = models.with_points(model, None).predict_on_batch(np.pad(x, [(0, 0), (0, 60), (0, 0)]))
    assert longer.shape == (4, 7) and np.isfinite(longer).all()


def test_the_picture_is_the_same_however_long_the_padding():
    model = models.build("picture", 7)
    x = ink(4, 100)
    x[:, 40:] = 0
    longer = models.with_points(model, None).predict_on_batch(np.pad(x, [(0, 0), (0, 60), (0, 0)]))
    assert longer == pytest.approx(model.predict_on_batch(x), abs=1e-5)


def test_fusion_averages_the_logits_of_the_models_it_starts_from():
    classes = list("abcde")
    fused, x = models.build("fusion", 5), ink(6, 100)
    logits = 0
    for name in ("strokes", "picture"):
        donor = models.build(name, 5)
        assert models.inherit(fused, classes, [(donor, classes)])
        logits = logits + np.log(donor.predict_on_batch(x)) / 2
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert fused.predict_on_batch(x) == pytest.approx(expected, abs=1e-5)


def test_classes_are_inherited_by_name():
    donor, heir = models.build("conv_lstm", 3), models.build("conv_lstm", 4)
    names, more = ["ant", "bee", "cat"], ["cat", "dog", "ant", "bee"]
    own = heir.layers[-1].get_weights()
    models.inherit(heir, more, [(donor, names)])
    (kernel, _), (theirs, _) = heir.layers[-1].get_weights(), donor.layers[-1].get_weights()
    assert np.array_equal(kernel[:, [2, 3, 0]], theirs)
    assert np.array_equal(kernel[:, 1], own[0][:, 1]), "a new class keeps its own weights"
    x = ink(3, 100)
    three = heir.predict_on_batch(x)[:, [2, 3, 0]]
    assert three / three.sum(axis=1, keepdims=True) == pytest.approx(
        donor.predict_on_batch(x), abs=1e-5
    )


def test_a_donor_saved_when_its_layers_had_other_names_gives_all_its_weights():
    donor, heir, x = models.build("conv_lstm", 3), models.build("conv_lstm", 3), ink(3, 100)
    for number, layer in enumerate(donor.layers[1:-1]):
        layer.name = f"lstm_{number}"
    assert len(models.inherit(heir, list("abc"), [(donor, list("abc"))])) == 9
    assert heir.predict_on_batch(x) == pytest.approx(donor.predict_on_batch(x), abs=1e-6)


def test_a_donor_that_shares_no_layer_is_refused():
    with pytest.raises(ValueError, match="conv_lstm has no layer that picture could start from"):
        models.inherit(
            models.build("picture", 3), list("abc"), [(models.build("conv_lstm", 3), list("abc"))]
        )


def test_what_several_donors_have_is_inherited_as_their_mean():
    one, other, heir = (models.build("conv_lstm", n) for n in (2, 2, 4))
    knows = [["ant", "bee"], ["bee", "cat"]]
    own = heir.layers[-1].get_weights()[0]
    models.inherit(heir, ["ant", "bee", "cat", "dog"], list(zip((one, other), knows, strict=True)))
    for layer, *donors in zip(heir.layers[:-1], one.layers[:-1], other.layers[:-1], strict=True):
        for weight, *theirs in zip(*(each.get_weights() for each in (layer, *donors)), strict=True):
            assert weight == pytest.approx(sum(theirs) / 2)
    kernel, a, b = (each.layers[-1].get_weights()[0] for each in (heir, one, other))
    expected = np.stack([a[:, 0], (a[:, 1] + b[:, 0]) / 2, b[:, 1], own[:, 3]], axis=1)
    assert kernel == pytest.approx(expected)


# --- a saved model that is not as it should be ---------------------------------------------------


@pytest.fixture
def saved(tmp_path, tiny_architecture):
    """A saved model, and a function that changes what is in it."""
    path = tmp_path / "model.keras"
    models.build("tiny", 3).save(path)

    def change(**changes):
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in {**parts, **changes}.items():
                archive.writestr(name, data)
        return path

    return path, change


def compressed(size: int) -> bytes:
    """Weights of so many zeros, compressed."""
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        shape = (size // 4096, 1024)
        weights.create_dataset("layers/conv/vars/0", shape, "f4", compression="gzip", fillvalue=0)
        weights["layers/conv/vars/0"][:256] = 0
    return file.getvalue()


def test_a_missing_model_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model\.keras is missing: restore it, or train"):
        models.load(tmp_path / "model.keras")


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_damaged_model_is_told_in_a_sentence(saved, place):
    path, _ = saved
    data = path.read_bytes()
    cut = int(len(data) * place)
    for damaged in (data[:cut], data[:cut] + bytes(len(data) - cut), data[:cut] + data[cut + 1 :]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"cannot be loaded as a model .*: restore it") as told:
            models.load(path)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("part", ["config.json", "model.weights.h5"])
def test_a_changed_part_is_told(saved, part):
    _, change = saved
    with pytest.raises(ValueError, match="cannot be loaded as a model"):
        models.load(change(**{part: b"{}"}))


@pytest.mark.parametrize("inside", [False, True], ids=["archive", "weights in it"])
def test_a_model_that_would_fill_the_memory_is_refused_before_it_does(saved, monkeypatch, inside):
    path, change = saved
    models.load(path)
    monkeypatch.setattr(models, "MOST_BYTES", 30_000_000)
    bomb = compressed(10**9) if inside else bytes(40_000_000)
    change(**{"model.weights.h5": bomb})
    assert path.stat().st_size < 2_000_000
    tracemalloc.start()
    with pytest.raises(ValueError, match="bytes, and 30,000,000 are the most"):
        models.load(path)
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()

import itertools
import shutil

import keras
import new_words
import numpy as np
import pytest
import yaml
from little_world import DOODLES, ROOT

from sketchlib._shared import files
from sketchlib.drawing import doodles, quickdraw, strokes
from sketchlib.model import evaluation, models, training, transfer
from sketchlib.predictor import SHIPPED
from sketchlib.records import dataset, layout, tfrecords
from sketchlib.settings import Settings

NEW = list(new_words.RECIPES)
MINE = yaml.safe_load((ROOT / "notebooks" / "configs" / "mine.yaml").read_text("utf-8"))


@pytest.fixture(scope="session")
def words(tmp_path_factory):
    """The data set of someone who has drawn three new things ten times, and some more to test."""
    records = new_words.records(10, 20, 0.5)
    return tfrecords.write(records, tmp_path_factory.mktemp("words") / "data", eval_share=0.5)


@pytest.fixture
def settings(words, tmp_path, trained_run):
    """Settings that teach the model of six doodles three words, in a few steps."""
    return Settings(
        **MINE
        | {"dataset": str(words), "run": str(tmp_path / "run"), "init_from": [str(trained_run)]}
        | {"model": "conv_lstm", "in_proportion": False, "epochs": 2, "steps_per_epoch": 25}
    )


# --- who is started from -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.keras", "prototypes.npz"])
def test_a_model_folder_that_was_altered_is_not_started_from(model_folder, tmp_path, name):
    folder = shutil.copytree(model_folder, tmp_path / "model")
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ValueError, match=f"{name} is not the file that model.json describes"):
        transfer.Donor(folder)


def test_an_unfinished_run_is_not_started_from(trained_run, tmp_path):
    run = shutil.copytree(trained_run, tmp_path / "run")
    (run / "training.json").unlink()
    with pytest.raises(FileNotFoundError, match="neither a finished run nor a model folder"):
        transfer.Donor(run)


def test_damaged_prototypes_of_a_run_are_told(trained_run, tmp_path):
    run = shutil.copytree(trained_run, tmp_path / "run")
    (run / "prototypes.npz").write_bytes((run / "prototypes.npz").read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"prototypes\.npz cannot be read .*: restore it"):
        transfer.Donor(run).prototypes()


def test_other_classes_than_the_model_has_are_told(trained_run, tmp_path):
    run = shutil.copytree(trained_run, tmp_path / "run")
    facts = files.read_json(run / "training.json")
    files.write_json(run / "training.json", facts | {"classes": list(DOODLES[1:])})
    with pytest.raises(ValueError, match=r"names 5 classes, but .* answers for 6"):
        _ = transfer.Donor(run).model


# --- new classes ---------------------------------------------------------------------------------


def test_new_classes_follow_the_old_ones_which_stay_as_they_are(settings, trained_run, words):
    run = training.train(settings, verbose=0)
    assert training.read_facts(run)["classes"] == [*DOODLES, *NEW]
    before, after = transfer.Donor(trained_run).model, transfer.Donor(run).model
    for old, new in zip(before.layers, after.layers, strict=True):
        for was, now in zip(old.get_weights(), new.get_weights(), strict=True):
            known = now[..., : len(DOODLES)] if old is before.layers[-1] else now
            assert np.array_equal(was, known), old.name
    history = training.read_history(run)
    assert history[-1]["loss"] < history[0]["loss"]


def test_what_was_taught_may_be_taught_more(settings, trained_run, tmp_path):
    first = training.train(settings, verbose=0)
    more = doodles.records(["fish", "circle"], 12, seed=1)
    folder = tfrecords.write(more, tmp_path / "more", eval_share=0.3)
    again = settings.changed(
        init_from=[str(first)], dataset=str(folder), run=str(tmp_path / "second")
    )
    second = training.train(again, verbose=0)
    assert training.read_facts(second)["classes"] == [*DOODLES, *NEW, "fish"]
    rows = [transfer.Donor(run).prototypes()[0] for run in (trained_run, first, second)]
    assert [len(each) for each in rows] == [6, 9, 10]
    assert np.array_equal(rows[2][:9], rows[1]) and np.array_equal(rows[1][:6], rows[0])
    assert np.abs(rows[2][6:]).max(axis=1).min() > 0


@pytest.mark.parametrize("name", ["strokes", "fusion"])
def test_other_architectures_learn_too(settings, words, tmp_path, name):
    """These are untrained, so what they make of ink is random; it tells three words apart."""
    keras.utils.set_random_seed(0)
    model, donor = models.build(name, 20), tmp_path / "donor"
    donor.mkdir()
    model.save(donor / "model.keras")
    known = list(doodles.CLASSES)
    facts = {"classes": known, "sketches_seen": 0, "epochs": 0, "seconds": 0}
    files.write_json(donor / "training.json", facts)
    files.write_json(donor / "settings.json", {"in_proportion": True})
    folder = tfrecords.write(doodles.records(count=12), tmp_path / "old", eval_share=0.3)
    sketches = dataset.load(folder, "training", in_proportion=True, classes=known)
    transfer.save_prototypes(model, sketches, donor)
    run = training.train(
        settings.changed(init_from=[str(donor)], model=name, in_proportion=True), verbose=0
    )
    history = training.read_history(run)
    assert history[-1]["loss"] < history[0]["loss"]
    assert history[-1]["val_accuracy"] > 0.5


def test_the_shipped_model_learns_words_and_loses_next_to_nothing(quickdraw_data, words, settings):
    donor = transfer.Donor(SHIPPED)
    config = MINE | {"dataset": str(words), "run": settings.run}
    run = training.train(Settings(**config), verbose=0)
    taught, classes = transfer.Donor(run).model, training.read_facts(run)["classes"]
    assert len(classes) == 348
    sketches = dataset.load(
        words, "eval", batch_size=60, in_proportion=donor.in_proportion, classes=classes
    )
    assert evaluation.evaluate(taught, sketches, classes).top(1) >= 0.8
    ink, drawn = old_drawings(quickdraw_data, donor)
    before = donor.model.predict(ink, batch_size=512, verbose=0).argmax(axis=1) == drawn
    after = taught.predict(ink, batch_size=512, verbose=0).argmax(axis=1) == drawn
    assert before.mean() > 0.5
    assert before.mean() - after.mean() < 0.01


def old_drawings(folder, donor: transfer.Donor) -> tuple[np.ndarray, np.ndarray]:
    """Return ink [n, 100, 3] of 8 real drawings of each class, and their class indices."""
    inks = [
        strokes.drawing_to_ink(record["drawing"], donor.in_proportion)
        for name in donor.classes
        for record in itertools.islice(quickdraw.read(folder / "simplified" / f"{name}.ndjson"), 8)
    ]
    padded = keras.utils.pad_sequences(inks, 100, "float32", padding="post", truncating="post")
    return padded, np.repeat(np.arange(len(donor.classes)), 8)


def test_the_config_for_ones_own_drawings_suits_the_shipped_model():
    donor = transfer.Donor(MINE["init_from"][0])
    assert donor.folder == SHIPPED
    assert (MINE["model"], MINE["in_proportion"]) == (donor.model.name, donor.in_proportion)
    layers = models.last_layers(donor.model)
    assert [rows.shape for rows in donor.prototypes()] == [
        (len(donor.classes), layer.kernel.shape[0]) for layer in layers
    ]


# --- what stands for the old classes -------------------------------------------------------------


def test_a_prototype_is_the_mean_of_what_the_last_layer_is_given(trained_run, doodle_folder):
    donor = transfer.Donor(trained_run)
    before_last = keras.Model(donor.model.input, donor.model.layers[-1].input)
    given, labels = evaluation.predict(before_last, dataset.load(doodle_folder, "training"))
    means = [given[labels == index].mean(axis=0) for index in range(len(DOODLES))]
    (rows,) = donor.prototypes()
    assert rows == pytest.approx(np.array(means), abs=0.1)  # of the first batches only
    assert donor.model.layers[-1](rows).numpy().argmax(axis=1).tolist() == list(range(6))


def test_known_rows_stay_and_new_ones_grow_to_a_length():
    known = np.array([[3.0, 0.0], [4.0, 5.0]])  # two rows of length 5
    may_be = transfer.NewRows(known)
    found = np.array(may_be(np.array([[9.0, 9.0, 0.3, 30.0], [9.0, 9.0, 0.4, 40.0]])))
    assert np.array_equal(found[:, :2], known)
    assert found[:, 2] == pytest.approx([0.3, 0.4])
    assert found[:, 3] == pytest.approx(np.array([0.6, 0.8]) * 5 * transfer.REACH)
    bias = transfer.NewRows(np.array([1.0, 2.0]))
    assert np.array(bias(np.array([7.0, 7.0, 9.0]))) == pytest.approx([1, 2, 9])


# --- any class list ------------------------------------------------------------------------------


def test_any_other_classes_start_from_what_the_model_knows_of_them(settings, tmp_path):
    """Fewer than it knows, in another order, and one more."""
    names = ["sun", "fish", "ladder", "circle"]
    records = doodles.records(names, 40, seed=3)
    folder = tfrecords.write(records, tmp_path / "some", classes=names, eval_share=0.4)
    further = {"learn": "all", "dataset": str(folder), "epochs": 1, "learning_rate": 0.001}
    run = training.train(settings.changed(**further), verbose=0)
    assert training.read_facts(run)["classes"] == names
    (epoch,) = training.read_history(run)
    assert epoch["val_accuracy"] > 0.6, "25 steps from nothing do not get beyond a quarter"


def test_sketches_are_counted_by_the_classes_of_the_model(words):
    classes = ["circle", *reversed(NEW)]
    theirs, ours = (
        np.concatenate([index for _, index in dataset.load(words, "eval", classes=each)])
        for each in (None, classes)
    )
    names = layout.read_classes(words)
    assert [names[index] for index in theirs] == [classes[index] for index in ours]


# --- what can be wrong ---------------------------------------------------------------------------


def test_a_data_set_without_anything_new_is_refused(settings, doodle_folder):
    with pytest.raises(ValueError, match=r"knows all classes of .*learn='all'"):
        training.train(settings.changed(dataset=str(doodle_folder)), verbose=0)


@pytest.mark.parametrize("change", [{"model": "strokes"}, {"in_proportion": True}])
def test_settings_that_do_not_suit_the_model_are_named(settings, change):
    ((name, value),) = change.items()
    with pytest.raises(ValueError, match=f"{name}={value!r}, but .* set {name}="):
        training.train(settings.changed(**change), verbose=0)


def test_a_class_that_has_no_training_drawing_is_named(settings, tmp_path):
    numbers = (
        n for n in itertools.count() if tfrecords.place(f"doodle-fish-0-{n}", 0.3)[0] == "eval"
    )
    unseen = [doodles.record("fish", 0, number) for number in itertools.islice(numbers, 2)]
    records = [*doodles.records(["flower"], 20), *unseen]
    folder = tfrecords.write(records, tmp_path / "unseen", eval_share=0.3)
    with pytest.raises(ValueError, match="no training drawings of 'fish': draw more"):
        training.train(settings.changed(dataset=str(folder)), verbose=0)


def test_a_model_without_prototypes_is_not_taught(settings, trained_run, tmp_path):
    bare = shutil.copytree(trained_run, tmp_path / "bare")
    (bare / transfer.PROTOTYPES).unlink()
    with pytest.raises(FileNotFoundError, match=r"prototypes\.npz is missing"):
        training.train(settings.changed(init_from=[str(bare)]), verbose=0)


def test_new_classes_need_one_model_to_be_taught_to():
    with pytest.raises(ValueError, match="init_from names 0"):
        Settings(learn="new classes")


def test_new_classes_are_weighed_up_in_their_own_way():
    with pytest.raises(ValueError, match="set class_weight='none'"):
        Settings(learn="new classes", init_from=["other"], class_weight="balanced")

import numpy as np
import pytest
import tensorflow as tf
from damaging import flip, offsets, rewrite

from sketchlib.drawing import quickdraw, strokes
from sketchlib.model.augmentation import Augmentation
from sketchlib.records import dataset, layout, tfrecords


@pytest.fixture(autouse=True, params=["in memory", "streamed"])
def size(request, monkeypatch):
    """A data set is held in memory, unless it is too large."""
    if request.param == "streamed":
        monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 0)
    return request.param


def stored(folder, split) -> list[tuple[np.ndarray, int]]:
    """A split's (ink, class index) in the order of the files, read without the code under test."""
    found = []
    for path in sorted(folder.glob(f"{split}.tfrecord-*")):
        for payload in tf.data.TFRecordDataset(str(path)):
            feature = tf.train.Example.FromString(payload.numpy()).features.feature
            ink = np.array(feature["ink"].float_list.value, np.float32).reshape(-1, 3)
            found.append((ink, feature["class_index"].int64_list.value[0]))
    return found


def loaded(folder, split, **options) -> tuple[np.ndarray, np.ndarray]:
    inks, indices = zip(*dataset.load(folder, split, **options), strict=True)
    return np.concatenate([i.numpy() for i in inks]), np.concatenate([i.numpy() for i in indices])


def multiset(inks) -> list[bytes]:
    return sorted(ink.tobytes() for ink in inks)


@pytest.fixture(scope="module")
def long_folder(tmp_path_factory):
    """Zigzags of 2 to 140 points and a dot."""
    records = []
    for number, points in enumerate([2, 30, 99, 100, 101, 102, 140] * 6):
        x = np.arange(points) * 255.0 / (points - 1)
        stroke = np.rint(np.stack([x, 100.0 * (np.arange(points) % 2)], axis=1))
        records.append({"word": f"zigzag {points}", "key_id": str(number), "drawing": [stroke]})
    records.append({"word": "dot", "key_id": "dot", "drawing": [[[5, 5]]]})
    return tfrecords.write(records, tmp_path_factory.mktemp("long") / "long", eval_share=0.4)


@pytest.mark.parametrize("split", ["training", "eval"])
def test_batches_hold_what_the_records_hold(doodle_folder, split):
    inks, indices = loaded(doodle_folder, split, batch_size=7)
    expected = stored(doodle_folder, split)
    assert indices.tolist() == [index for _, index in expected]
    assert inks.shape == (len(expected), 100, 3) and inks.dtype == np.float32
    for ink, (points, _) in zip(inks, expected, strict=True):
        assert np.array_equal(ink[: len(points)], points)
        assert not ink[len(points) :].any(), "padding is zeros"


def test_class_counts_are_those_of_the_records(doodle_folder):
    labels = [label for _, label in stored(doodle_folder, "training")]
    counts = dataset.class_counts(doodle_folder, "training")
    assert counts.tolist() == np.bincount(labels, minlength=len(counts)).tolist()
    assert 0 < dataset.class_counts(doodle_folder, "training", most_shards=2).sum() < counts.sum()


def test_long_sketches_are_cropped_to_their_first_100_points(long_folder):
    inks, _ = loaded(long_folder, "training")
    lengths = set()
    for ink, (points, _) in zip(inks, stored(long_folder, "training"), strict=True):
        kept = min(len(points), 100)
        assert np.array_equal(ink[:kept], points[:100])
        assert not ink[kept:].any()
        lengths.add(len(points))
    assert {99, 100, 101} <= lengths, "both sides of the limit must occur"


def test_uncropped_sketches_are_whole_and_padded_to_the_longest(long_folder):
    expected = stored(long_folder, "training")
    position = 0
    for inks, _ in dataset.load(long_folder, "training", batch_size=4, max_points=None):
        batch = expected[position : position + len(inks)]
        assert inks.shape[1] == max([100, *(len(points) for points, _ in batch)])
        for ink, (points, _) in zip(inks.numpy(), batch, strict=True):
            assert np.array_equal(ink[: len(points)], points)
            assert not ink[len(points) :].any()
        position += len(batch)
    assert position == len(expected)


def test_shortened_sketches_are_seen_to_their_end(long_folder):
    inks, _ = loaded(long_folder, "training", shortened=True)
    for ink, (points, _) in zip(inks, stored(long_folder, "training"), strict=True):
        expected = strokes.shorten(points, 100)
        assert np.array_equal(ink[: len(expected)], expected) and not ink[len(expected) :].any()
        assert ink[:, :2].sum(axis=0) == pytest.approx(points[:, :2].sum(axis=0), abs=1e-3)
    whole, _ = loaded(long_folder, "training", shortened=True, max_points=None, batch_size=50)
    assert whole.shape[1] > 100, "there is no length to shorten them to"


def test_other_crops_are_possible(long_folder):
    inks, _ = loaded(long_folder, "eval", max_points=20)
    expected = [points for points, _ in stored(long_folder, "eval")]
    assert inks.shape[1:] == (20, 3)
    assert all(np.array_equal(i[: len(p)], p[:20]) for i, p in zip(inks, expected, strict=True))


@pytest.mark.parametrize("shortened", [False, True])
@pytest.mark.parametrize("max_points", [100, None])
def test_the_shape_is_known_beforehand(doodle_folder, max_points, shortened):
    view = {"max_points": max_points, "shortened": shortened}
    ink, index = dataset.load(doodle_folder, "training", **view).element_spec
    assert ink.shape.as_list() == [None, max_points, 3] and ink.dtype == tf.float32
    assert index.shape.as_list() == [None] and index.dtype == tf.int64


def test_validation_and_test_are_the_halves_of_eval(doodle_folder):
    halves = [loaded(doodle_folder, split)[0] for split in ("validation", "test")]
    whole = loaded(doodle_folder, "eval")[0]
    assert np.array_equal(np.concatenate(halves), whole)
    assert all(len(half) > 20 for half in halves)
    assert not set(multiset(halves[0])) & set(multiset(halves[1]))


def test_shuffling_changes_the_order_and_nothing_else(doodle_folder):
    plain, labels = loaded(doodle_folder, "training")
    shuffled, shuffled_labels = loaded(doodle_folder, "training", shuffle=True, seed=1)
    assert not np.array_equal(shuffled, plain)
    assert multiset(shuffled) == multiset(plain)
    label_of = {ink.tobytes(): label for ink, label in zip(plain, labels, strict=True)}
    assert [label_of[ink.tobytes()] for ink in shuffled] == shuffled_labels.tolist()


def test_the_seed_decides_the_order(doodle_folder):
    orders = [loaded(doodle_folder, "training", shuffle=True, seed=s)[1] for s in (1, 1, 2)]
    assert np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])


def test_every_epoch_has_another_order(doodle_folder):
    sketches = dataset.load(doodle_folder, "training", shuffle=True, batch_size=1000)
    first, second = (next(iter(epoch))[0].numpy() for epoch in (sketches, sketches))
    assert not np.array_equal(first, second)


def test_repeat_goes_on_and_drop_remainder_keeps_batches_full(doodle_folder):
    count = dataset.count(doodle_folder, "validation")
    options = {"batch_size": count - 1, "drop_remainder": True}
    assert len(list(dataset.load(doodle_folder, "validation", **options))) == 1
    endless = dataset.load(doodle_folder, "validation", repeat=True, **options)
    assert [len(ink) for ink, _ in endless.take(5)] == [count - 1] * 5


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_seen_is_left_out_and_the_rest_stays_as_it_was(doodle_folder, whole):
    options = {"shuffle": True, "repeat": True, "whole_passes": whole, "batch_size": 40, "seed": 0}
    sketches = dataset.load(doodle_folder, "training", **options)
    steps = -(-dataset.count(doodle_folder, "training") // 40)
    inks = [ink.numpy() for ink, _ in sketches.take(3 * steps)]
    sizes = [len(ink) for ink in inks]
    assert (set(sizes[:-1]) == {40}) is not whole and sizes[:steps] == sizes[steps : 2 * steps]
    assert not np.array_equal(inks[0], inks[steps]), "another pass has another order"
    for seen in (1, steps, steps + 2, 2 * steps + 1):
        rest = dataset.load(doodle_folder, "training", seen=seen, **options).take(3 * steps - seen)
        assert all(map(np.array_equal, [ink.numpy() for ink, _ in rest], inks[seen:]))
    other = next(iter(dataset.load(doodle_folder, "training", **options | {"seed": 1})))
    assert not np.array_equal(other[0], inks[0])


def test_count_is_the_number_of_sketches(doodle_folder):
    for split in ("training", "validation", "test", "eval"):
        assert dataset.count(doodle_folder, split) == len(loaded(doodle_folder, split)[0])


def test_the_tutorials_records_load(quickdraw_data):
    folder = quickdraw_data / "tutorial_tfrecords"
    inks, indices = loaded(folder, "eval", batch_size=256)
    assert inks.shape == (2000, 100, 3) and np.isfinite(inks).all()
    assert np.bincount(indices).tolist() == [100] * 20


def test_unpadded_takes_the_padding_off(long_folder):
    inks, _ = loaded(long_folder, "training", max_points=None, batch_size=50)
    for ink, (points, _) in zip(inks, stored(long_folder, "training"), strict=True):
        assert np.array_equal(dataset.unpadded(ink), points)
    assert dataset.unpadded(np.zeros((100, 3), np.float32)).shape == (0, 3)


def test_augmented_sketches_keep_their_class_and_differ_at_every_pass(doodle_folder):
    labels = loaded(doodle_folder, "training")[1]
    sketches = dataset.load(doodle_folder, "training", augmentation=Augmentation(), batch_size=1000)
    (first, classes), (second, _) = (next(iter(epoch)) for epoch in (sketches, sketches))
    assert np.array_equal(classes, labels)
    assert not np.array_equal(first, second)


def test_an_unknown_split_is_named_with_those_there_are(doodle_folder):
    with pytest.raises(ValueError, match=r"unknown split 'train': .*training, eval, validation"):
        dataset.load(doodle_folder, "train")


def test_a_folder_without_shards_is_told(tmp_path):
    for split in ("training", "test"):
        with pytest.raises(FileNotFoundError, match="Make or download the data set again"):
            dataset.load(tmp_path, split)


def test_ink_of_a_real_drawing_comes_through_unchanged(quickdraw_data, tmp_path):
    records = list(quickdraw.read(quickdraw_data / "simplified" / "zigzag.ndjson"))
    folder = tfrecords.write(records, tmp_path / "real", eval_share=0.2)
    assert layout.read_classes(folder) == ["zigzag"]
    ours = np.concatenate([loaded(folder, split)[0] for split in layout.SPLITS])
    expected = np.zeros_like(ours)
    for row, record in zip(expected, records, strict=True):
        ink = strokes.drawing_to_ink(record["drawing"])[:100]
        row[: len(ink)] = ink
    assert multiset(ours) == multiset(expected)


def test_in_proportion_a_flat_drawing_stays_flat(tmp_path):
    flat = [np.array([[0, 0], [255, 50], [120, 51]])]
    records = [{"word": "flat", "key_id": str(i), "drawing": flat} for i in range(60)]
    folder = tfrecords.write(records, tmp_path / "flat", eval_share=0.4)
    (square, _), (true, _) = (
        next(iter(dataset.load(folder, "training", in_proportion=kept))) for kept in (False, True)
    )
    assert square[0, 0].numpy() == pytest.approx([1, 50 / 51, 0], abs=1e-6)
    assert true[0, 0].numpy() == pytest.approx([1, 50 / 255, 0], abs=1e-6)
    assert true[0, :2].numpy() == pytest.approx(strokes.drawing_to_ink(flat, True), abs=1e-6)


def test_records_that_do_not_tell_their_proportions_are_told(quickdraw_data):
    with pytest.raises(ValueError, match="in_proportion=False"):
        dataset.load(quickdraw_data / "tutorial_tfrecords", "training", in_proportion=True)


def test_facts_come_in_the_order_of_the_sketches(tmp_path):
    dot = [[[0, 0], [9, 9]]]
    told = [("DE", True), ("", None), ("US", False)]
    records = [
        {"word": f"{c}{r}", "key_id": str(i), "drawing": dot, "countrycode": c, "recognized": r}
        for i, (c, r) in enumerate(told * 30)
    ]
    folder = tfrecords.write(records, tmp_path / "facts", eval_share=0.5)
    names = layout.read_classes(folder)
    _, indices = loaded(folder, "eval")
    facts = dataset.facts(folder, "eval")
    said = {True: "recognised", False: "not recognised", None: ""}
    for index, country, recognised in zip(
        indices, facts["countrycode"], facts["recognized"], strict=True
    ):
        assert (country, recognised) in {(c, said[r]) for c, r in told if f"{c}{r}" == names[index]}


def test_records_of_the_tutorial_tell_no_facts(quickdraw_data):
    facts = dataset.facts(quickdraw_data / "tutorial_tfrecords", "test")
    assert not any(facts["countrycode"]) and not any(facts["recognized"])


def test_fewer_shards_hold_the_first_of_the_sketches(doodle_folder):
    all_of_them, _ = loaded(doodle_folder, "training")
    some, _ = loaded(doodle_folder, "training", most_shards=3)
    assert 0 < len(some) < len(all_of_them) and np.array_equal(some, all_of_them[: len(some)])
    assert dataset.count(doodle_folder, "training", 3) == len(some)


LIE = (2**50).to_bytes(8, "little")
HARMS = {
    "a flipped bit": lambda data, last: data[:40] + bytes([data[40] ^ 4]) + data[41:],
    "zeros at the end": lambda data, last: data[:last] + bytes(len(data) - last),
    "a cut within a record": lambda data, last: data[:-1],
    "a cut between records": lambda data, last: data[:last],
    "doubled": lambda data, last: data + data,
    "a length that lies": lambda data, last: data[:last] + LIE + layout.frame(LIE)[20:],
}


@pytest.mark.parametrize("harm", HARMS)
def test_damage_is_told_before_tensorflow_sees_it(victim, harm):
    path = layout.path(victim, "eval", 9)
    path.write_bytes(HARMS[harm](path.read_bytes(), offsets(path)[-1]))
    for read in (dataset.load, dataset.count, dataset.facts):
        with pytest.raises(ValueError, match=r"is damaged; `python -m sketchlib verify .*` says"):
            read(victim, "test")
        read(victim, "validation")
    with pytest.raises(ValueError, match="is damaged"):
        dataset.class_counts(victim, "eval")


@pytest.mark.parametrize("size", ["streamed"], indirect=True)  # else all has been read by then
def test_damage_that_comes_later_has_its_sentence(victim, size):
    sketches = dataset.load(victim, "eval")
    flip(layout.path(victim, "eval", 9), 40)
    with pytest.raises(ValueError, match="is damaged"), dataset.damage_told(victim):
        list(sketches)
    layout.path(victim, "eval", 9).unlink()
    with pytest.raises(ValueError, match="is damaged"), dataset.damage_told(victim):
        list(sketches)
    with pytest.raises(tf.errors.NotFoundError), dataset.damage_told(victim):
        tf.io.read_file("nowhere")


@pytest.mark.parametrize("cut", [1, 7])
def test_sound_records_that_are_no_sketches_are_told(victim, cut):
    path = layout.path(victim, "eval", 9)
    rewrite(path, [payload[:-cut] for _, payload in layout.frames(path)])
    for read in (dataset.load, dataset.class_counts, dataset.facts):
        with pytest.raises(ValueError, match="is damaged"), dataset.damage_told(victim):
            list(read(victim, "eval"))
    rewrite(layout.path(victim, "eval", 0), [b"garbage"])
    with pytest.raises(ValueError, match="is damaged"):
        dataset.load(victim, "eval", in_proportion=True)


@pytest.mark.parametrize("index", [-1, 6, 2**62])
def test_a_class_index_of_no_class_is_told(victim, index):
    example = tf.train.Example()
    example.features.feature["class_index"].int64_list.value.append(index)
    rewrite(layout.path(victim, "eval", 9), [example.SerializeToString()])
    with pytest.raises(ValueError, match="is damaged"):
        dataset.class_counts(victim, "eval")

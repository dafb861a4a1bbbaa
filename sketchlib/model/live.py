"""Fit what a model may say while one draws (`confidence`), and put it into its folder.

`python -m sketchlib.model.live data/models/quickdraw data/tfrecords/quickdraw` does it with the
validation sketches of a data set, each of them as far as it may be drawn, and with scribbles, which
are none of the classes.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from sketchlib._shared import files
from sketchlib._shared.backend import keras
from sketchlib.confidence import FACTS, LEAST, Confidence, facts
from sketchlib.drawing import scribbles, strokes
from sketchlib.model import card, evaluation, export
from sketchlib.predictor import CARD, CONFIDENCE, Predictor, read_card

MOST = 10_000  # validation sketches; all that is asked about each takes some 20 ms
BEGINNINGS = 10  # of each sketch
SCRIBBLES = 0.1  # for each sketch, and their beginnings as well
GO_ON = 0.1  # of the drawings that have rested for `confidence.REST_SECONDS`
HIDDEN, SUMMARY = 32, 8
EPOCHS, BATCH, RATE, DECAY = 12, 256, 5e-3, 1e-3
LEAST_STEPS = 3_000  # a small data set is passed more often


@dataclass
class Examples:
    """Answers of a model, and what would have been right.

    probabilities: float32 [n, classes]. told: float32 [n, FACTS + 1], with the flag that says
    unfinished. labels: int [n], the number of classes for none of them. weights: float [n].
    """

    probabilities: np.ndarray
    told: np.ndarray
    labels: np.ndarray
    weights: np.ndarray


def attach(folder: str | Path, data_folder: str | Path, seed: int = 0) -> None:
    """Fit the confidence of a model folder's model to the validation sketches of a data set."""
    folder = Path(folder)
    predictor = Predictor.load(folder)
    confidence = fit(examples(predictor, data_folder, seed), seed)
    with files.alone(folder, "exports to"), export.staging(folder) as made:
        confidence.save(made / CONFIDENCE)
        told = read_card(folder)
        told["files"][CONFIDENCE] = files.sha256(made / CONFIDENCE)
        files.write_json(made / CARD, told)
        card.write(made)


def examples(predictor: Predictor, data_folder: str | Path, seed: int = 0) -> Examples:
    """Ask a model about validation sketches of a data set, and about scribbles.

    The shards are in no order of classes, so the first sketches are as good as any.
    """
    rng = np.random.default_rng(seed)
    batches = evaluation.uncut(predictor, data_folder, "validation", 1000).take(MOST // 1000)
    drawings, labels = [], []
    for inks, class_index in batches.as_numpy_iterator():
        drawings += evaluation.beginnings(inks, 1.0)
        labels += class_index.tolist()
    if not drawings:
        raise ValueError(f"{data_folder} has no validation sketches, of which this learns")
    kinds = list(scribbles.KINDS)
    for kind in rng.choice(kinds, max(round(SCRIBBLES * len(drawings)), len(kinds))):
        drawings.append(strokes.simplify(scribbles.draw(kind, rng)))
        labels.append(len(predictor.classes))
    ways = [(False, 1 - GO_ON, 1.0), (False, GO_ON, None), *[(True, 1.0, None)] * BEGINNINGS]
    parts = []
    alike = _counting_alike(np.array(labels))
    for unfinished, weight, share in tqdm(ways, desc="Ask", leave=False):
        cut = [rng.uniform(0.03, 1) if share is None else share for _ in drawings]
        begun = [strokes.beginning(*pair) for pair in zip(drawings, cut, strict=True)]
        ink = predictor.ink(begun)
        found = predictor.infer(ink)
        flag = np.full((len(ink), 1), unfinished, dtype=np.float32)
        told = np.concatenate([facts(found, ink), flag], axis=1)
        parts.append((found, told, np.array(labels), weight * alike))
    return Examples(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _counting_alike(labels: np.ndarray) -> np.ndarray:
    """Return what each drawing counts, for every class to count alike; scribbles count 1."""
    counts = np.bincount(labels)
    counts[-1] = 0
    usual = counts.sum() / np.count_nonzero(counts)
    return np.where(labels == len(counts) - 1, 1.0, usual / np.maximum(counts, 1)[labels])


def fit(examples: Examples, seed: int = 0) -> Confidence:
    """Find the weights with the least cross-entropy, none of the classes being one more of them."""
    keras.utils.set_random_seed(seed)
    mean, scale = examples.told[:, :-1].mean(axis=0), examples.told[:, :-1].std(axis=0) + 1e-3
    told = np.concatenate([(examples.told[:, :-1] - mean) / scale, examples.told[:, -1:]], axis=1)
    network = _network(examples.probabilities.shape[1])
    steps = -(-len(told) // BATCH)
    epochs = max(EPOCHS, -(-LEAST_STEPS // steps))
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps * epochs)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    network.fit(
        [told, np.log(np.maximum(examples.probabilities, LEAST))],
        examples.labels,
        batch_size=BATCH,
        epochs=epochs,
        sample_weight=examples.weights,
        verbose=0,
    )
    arrays = {"mean": mean, "scale": scale}
    for name in ("hidden", "heat", "summary", "classes"):
        arrays[name], arrays[f"{name}_bias"] = network.get_layer(name).get_weights()
    return Confidence(arrays)


def _network(classes: int) -> keras.Model:
    """Return what `Confidence` computes, with logits instead of probabilities."""
    told, logs = keras.Input((FACTS + 1,)), keras.Input((classes,))
    layers, ops = keras.layers, keras.ops
    hidden = layers.Dense(HIDDEN, activation="tanh", name="hidden")(told)
    heat = layers.Dense(1, kernel_initializer="zeros", name="heat")(hidden)
    summary = layers.Dense(SUMMARY, activation="tanh", name="summary")(hidden)
    added = layers.Dense(
        classes + 1,
        kernel_initializer="zeros",
        kernel_regularizer=keras.regularizers.L2(DECAY),
        name="classes",
    )(summary)
    unfinished = told[:, -1:]
    known = ops.log_softmax(logs / ops.exp(heat)) + unfinished * added[:, :-1]
    return keras.Model([told, logs], ops.concatenate([known, added[:, -1:]], axis=1))


def main() -> None:
    """Fit the confidence of a model folder from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a model folder, as data/models/quickdraw")
    parser.add_argument("dataset", help="a data set, of whose validation sketches to learn")
    options = parser.parse_args()
    try:
        attach(options.model, options.dataset)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"{options.model} knows now how sure it may be while one draws.")


if __name__ == "__main__":
    main()

"""Fit what a model may say while one draws (`confidence`), and put it into its folder.

`python -m sketchlib.model.live data/models/quickdraw data/tfrecords/quickdraw` does it with the
validation sketches of a data set, each of them as far as it may be drawn, and with scribbles, which
are none of the classes.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
STEPS, BATCH, RATE, DECAY = 350, 16_384, 2e-2, 1e-3  # large batches: their calibration is measured
TRUTH, FEW = 5.0, 5.0  # what the calibration counts; fewer drawings than those tell little
MOMENTS = 11  # the tenths of a drawing that goes on, and that it has rested


@dataclass
class Examples:
    """Answers of a model, and what would have been right.

    probabilities: float32 [n, classes]. told: float32 [n, FACTS + 1], with the flag that says
    unfinished. labels: int [n], the number of classes for none of them. weights: float [n].
    moments: int [n], one of MOMENTS.
    """

    probabilities: np.ndarray
    told: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    moments: np.ndarray


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
    rested = np.full(len(labels), MOMENTS - 1)
    for unfinished, weight, share in tqdm(ways, desc="Ask", leave=False):
        cut = [rng.uniform(0.03, 1) if share is None else share for _ in drawings]
        begun = [strokes.beginning(*pair) for pair in zip(drawings, cut, strict=True)]
        ink = predictor.ink(begun)
        found = predictor.infer(ink)
        flag = np.full((len(ink), 1), unfinished, dtype=np.float32)
        told = np.concatenate([facts(found, ink), flag], axis=1)
        moments = np.ceil(10 * np.array(cut)).astype(int) - 1 if unfinished else rested
        parts.append((found, told, np.array(labels), weight * alike, moments))
    return Examples(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _counting_alike(labels: np.ndarray) -> np.ndarray:
    """Return what each drawing counts, for every class to count alike; scribbles count 1."""
    counts = np.bincount(labels)
    counts[-1] = 0
    usual = counts.sum() / np.count_nonzero(counts)
    return np.where(labels == len(counts) - 1, 1.0, usual / np.maximum(counts, 1)[labels])


def fit(examples: Examples, seed: int = 0) -> Confidence:
    """Find the weights of a network that is right, and as often as it says, at every moment."""
    keras.utils.set_random_seed(seed)
    mean, scale = examples.told[:, :-1].mean(axis=0), examples.told[:, :-1].std(axis=0) + 1e-3
    told = np.concatenate([(examples.told[:, :-1] - mean) / scale, examples.told[:, -1:]], axis=1)
    truth = np.stack([examples.labels, examples.weights, examples.moments], axis=1)
    network = _network(examples.probabilities.shape[1])
    passes = -(-len(told) // BATCH)  # steps that pass all examples once
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, STEPS)), _loss
    )
    network.fit(
        [told, np.log(np.maximum(examples.probabilities, LEAST))],
        truth.astype(np.float32),
        batch_size=-(-len(told) // passes),
        epochs=-(-STEPS // passes),
        verbose=0,
    )
    arrays = {"mean": mean, "scale": scale}
    for name in ("hidden", "heat", "summary", "classes"):
        arrays[name], arrays[f"{name}_bias"] = network.get_layer(name).get_weights()
    return Confidence(arrays)


def _loss(truth: Any, logits: Any) -> Any:
    """Return the cross-entropy, and what a batch's percentages lack of truth at each moment.

    The latter is the squared calibration error, in soft bins (Karandikar et al. 2021, "Soft
    Calibration Objectives for Neural Networks"). Cross-entropy alone leaves the percentages true on
    average, but too high for beginnings and too low for drawings that are nearly done.
    truth: float32 [n, 3], labels, weights and moments. logits: float32 [n, classes + 1].
    """
    ops = keras.ops
    labels, weights = ops.cast(truth[:, 0], "int32"), truth[:, 1]
    surprise = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    known = ops.softmax(logits)[:, :-1]
    said = ops.max(known, axis=1)
    right = ops.cast(ops.argmax(known, axis=1) == labels, "float32")
    belongs = ops.one_hot(ops.cast(truth[:, 2], "int32"), MOMENTS) * weights[:, None]
    centres = np.arange(evaluation.BINS, dtype=np.float32) + 0.5
    bins = ops.softmax(-2 * (said[:, None] * evaluation.BINS - centres) ** 2)
    gaps = ops.transpose(belongs) @ (bins * (said - right)[:, None])
    counts = ops.transpose(belongs) @ ops.stop_gradient(bins)
    shares = ops.sum(gaps**2 / (counts + FEW), axis=1) / (ops.sum(belongs, axis=0) + FEW)
    return ops.sum(weights * surprise) / ops.sum(weights) + TRUTH * ops.sum(shares)


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

"""Recognise a drawing with NumPy and LiteRT alone: `python recognise.py MODEL_FOLDER DRAWING`.

DRAWING is a list of strokes in JSON, each a list of x and a list of y, whole numbers 0 to 255, as
in the simplified Quick, Draw! files. [[[128,60,0,85,255,190,128],[0,95,170,172,168,80,4]]] is a
triangle of one stroke.
"""

import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

folder, drawing = Path(sys.argv[1]), json.loads(sys.argv[2])
card = json.loads((folder / "model.json").read_text("utf-8"))

points = np.hstack(drawing).T.astype(np.float32)  # [n, 2], all strokes in a row
lifts = np.zeros((len(points), 1), np.float32)
lifts[np.cumsum([len(xs) for xs, _ in drawing]) - 1] = 1  # the last point of each stroke
size = np.ptp(points, axis=0)
if card["input"].get("in_proportion"):
    size[:] = size.max()
steps = np.diff(points, axis=0) / np.where(size > 0, size, 1)
ink = np.hstack([steps, lifts[1:]])[:100]

model = Interpreter(str(folder / "model.tflite")).get_signature_runner()
padded = np.pad(ink, [(0, 100 - len(ink)), (0, 0)])
(probabilities,) = model(ink=padded[None])["probabilities"]
for index in np.argsort(probabilities)[::-1][:5]:
    print(f"{probabilities[index]:6.1%}  {card['classes'][index]}")

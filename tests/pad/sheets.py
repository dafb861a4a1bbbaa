"""What the tests of the pad share: strokes, a stand-in for a predictor, and looks inside."""

import threading

LINE = [(10, 20), (20, 20), (30, 25), (40, 30), (50, 50)]
CORNER = [(100, 100), (150, 100), (150, 150), (150, 200)]


class FakePredictor:
    """Says how many strokes and points it was shown; answers only while `open` is set."""

    name = "fake"
    classes = ("strokes", "points", "<b>bold</b>")

    def __init__(self):
        self.open = threading.Event()
        self.open.set()
        self.asked, self.unfinished = [], []

    def top_k(self, drawing, k=5, unfinished=False):
        if threading.current_thread().name == "sketch-recogniser":
            self.asked.append(drawing)
            self.unfinished.append(unfinished)
        assert self.open.wait(10)
        if not drawing:
            raise ValueError("the drawing is empty")
        return [(f"{len(drawing)} strokes", 0.75), (f"{sum(map(len, drawing))} points", 0.25)][:k]


def places(board):
    return [stroke[:, :2].tolist() for stroke in board.drawing]


def widgets_of(widget):
    """The widget and all that it is made of."""
    return [widget] + [
        part for child in getattr(widget, "children", ()) for part in widgets_of(child)
    ]


def workers():
    names = {"sketch-recogniser", "sketch-explainer"}
    return [thread for thread in threading.enumerate() if thread.name in names]

"""The colours of every figure, panel and page: told apart by colour-blind people, too."""

import numpy as np

INK, PAPER = "#1f2430", "#ffffff"  # of a pen, and what it writes on
BLUE, ORANGE, GREY, PALE = "#0072b2", "#d55e00", "#8c8c8c", "#d9d9d9"
# Of strokes in the order they were drawn, first dark, last light: viridis, without its pale end.
ORDER = (
    *("#440154", "#482878", "#3e4989", "#31678e", "#26828e"),
    *("#1e9c89", "#32b67a", "#69cd5b", "#b0dd2f"),
)


def order_colors(count: int) -> list[str]:
    """Return a colour for each of `count` strokes in the order they were drawn, as #rrggbb."""
    anchors = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in ORDER])
    places = np.linspace(0, len(ORDER) - 1, count)
    channels = [np.interp(places, range(len(ORDER)), channel) for channel in anchors.T]
    colors = np.rint(np.transpose(channels)).astype(int)
    return ["#{:02x}{:02x}{:02x}".format(*color) for color in colors]

"""The colours that figures, panels and pages share."""

import re

import numpy as np

from sketchlib._shared import colors


def lightness(color: str) -> float:
    """The relative luminance of #rrggbb, 0 to 1, which everybody sees."""
    assert re.fullmatch("#[0-9a-f]{6}", color)
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_colors_run_from_the_first_stroke_to_the_last():
    assert len({*colors.order_colors(7)}) == 7
    assert colors.order_colors(2) == [colors.order_colors(9)[0], colors.order_colors(9)[-1]]
    assert colors.order_colors(1) == colors.order_colors(5)[:1] and colors.order_colors(0) == []


def test_the_order_of_strokes_is_seen_without_any_hue():
    for count in (2, 9, 40):
        assert (np.diff([lightness(color) for color in colors.order_colors(count)]) > 0).all()


def test_the_last_stroke_is_still_seen_on_paper():
    last = colors.order_colors(9)[-1]
    assert (lightness(colors.PAPER) + 0.05) / (lightness(last) + 0.05) > 1.5


def test_right_and_wrong_differ_for_colour_blind_people():
    for color in (colors.BLUE, colors.ORANGE):
        assert (lightness(colors.PAPER) + 0.05) / (lightness(color) + 0.05) > 3
    assert lightness(colors.ORANGE) > 1.3 * lightness(colors.BLUE)

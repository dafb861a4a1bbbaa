"""A game on the pad's sheet: draw six things, each before its time is up.

`rules` has the words and who wins.
"""

from sketchlib.game.game_pad import GamePad

__all__ = ["GamePad"]

"""A game on the pad's sheet: draw six things, each before its time is up.

`rules` has the words and who wins; it imports no widget.
"""

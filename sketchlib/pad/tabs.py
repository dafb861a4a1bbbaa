"""Views of the page as tabs, so that one thing at a time is to be seen."""

import ipywidgets as widgets


class Tabs(widgets.Tab):
    """Shows one of several widgets at a time: `Tabs({"Draw": pad, "Play": game})`."""

    def __init__(self, views: dict[str, widgets.Widget]):
        super().__init__(list(views.values()))
        for index, name in enumerate(views):
            self.set_title(index, name)  # titles=… is not known to ipywidgets 7
        self.add_class("sketchpad-tabs")

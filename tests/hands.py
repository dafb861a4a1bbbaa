"""A pen for the unit tests: what a browser would tell a pad, and waiting for what comes of it."""

import time


def event(pad, name, x=None, y=None, touches=None, **more):
    """Tell a Board, or a pad that has one, of a browser's event."""
    content = {"event": name, "x": x, "y": y} | more
    if touches is not None:
        content["touches"] = [{"x": x, "y": y} for x, y in touches]
    getattr(pad, "board", pad).paper.canvas._handle_frontend_event(None, content, [])


def touch(pad, name, *touches):
    """Tell it of all the fingers that are on the sheet as one starts, moves or ends."""
    event(pad, f"touch_{name}", touches=touches)


def draw(pad, points):
    """Draw one stroke with the mouse."""
    event(pad, "mouse_down", *points[0])
    for point in points[1:]:
        event(pad, "mouse_move", *point)
    event(pad, "mouse_up", *points[-1])


def wait_until(condition, seconds=10):
    """Wait for a condition to come true, and fail if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)

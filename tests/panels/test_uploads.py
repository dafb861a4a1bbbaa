"""What the browser is told of large files; whether it does so, a browser test tells."""

import html

from sketchlib.formats import photo, reader
from sketchlib.panels import uploads


def test_the_limit_reaches_the_script_and_leaves_enough_of_a_picture():
    script = html.unescape(uploads.upload_manners())
    assert f"file.size <= {uploads.MOST_BYTES}" in script and "MOST_BYTES" not in script
    assert f"{uploads.PICTURE_SIDE} / Math.max(" in script and "PICTURE_SIDE" not in script
    assert photo.WORK_SIZE < uploads.PICTURE_SIDE < photo.MOST_SIDE
    assert uploads.MOST_BYTES < 10 * 2**20, "the server takes no message above"
    assert uploads.MOST_BYTES < reader.MOST_BYTES

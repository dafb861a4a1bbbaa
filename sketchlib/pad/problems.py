"""What is said of an exception below a pad, where a visitor of the web page may read it too."""

import re

# From the root of a computer, or a drive, to the last folder of a path; not within a web address.
_FOLDERS = re.compile(r"""(?<![\w.:/\\])(?:[A-Za-z]:)?[/\\]+(?:[^/\\:*?"'<>|\n]+[/\\]+)+""")


def said(error: Exception) -> str:
    """Return an exception as text that names files, but not the folders that they are in."""
    text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    return _FOLDERS.sub("", text)

"""Choose the newest versions that pyproject.toml allows and write them to requirements.lock.

The lock holds for all systems and Pythons of `environment.MACHINES` and `environment.PYTHONS`, with
the SHA-256 of every file that may be installed, and names no server that has them. The licences
of all of them follow (`licences`).
"""

import hashlib
import subprocess
import sys
import tomllib
from collections.abc import Sequence

from sketchlib._shared import files
from sketchlib.commands import environment, licences
from sketchlib.commands.environment import LOCK, ROOT

EXTRAS = ("train", "lab", "app", "images", "cluster", "test")  # all but gpu, which replaces train
PYPROJECT = ROOT / "pyproject.toml"
HEAD = """# All packages that the project is tested with, and that its commands install.
# `make lock` makes this of the dependencies in pyproject.toml. Here they are those with SHA-256 {}.
"""


def fingerprint() -> str:
    """Return a hash of what pyproject.toml says of dependencies."""
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    names = ("requires-python", "dependencies", "optional-dependencies")
    return hashlib.sha256(repr([project[name] for name in names]).encode()).hexdigest()[:16]


def compiled(*options: str) -> str:
    """Return what uv makes of pyproject.toml; ends with uv's own words where it can't."""
    extras = [f"--extra={extra}" for extra in EXTRAS]
    with environment.uv(sys.executable) as uv:
        if not uv:
            sys.exit("uv is needed for this, and was neither on the PATH nor to be had from PyPI.")
        done = subprocess.run(
            [*uv, "pip", "compile", "--quiet", "--no-header", "--no-annotate", *extras]
            + ["--no-python-downloads", "--only-binary=:all:", *options, str(PYPROJECT)],
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
    if done.returncode:
        sys.exit("No versions satisfy pyproject.toml, as told above.")
    return done.stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the lock, and the licences of what it names."""
    text = compiled("--universal", "--generate-hashes", "--upgrade")
    with files.replaced(LOCK) as temporary:
        temporary.write_text(HEAD.format(fingerprint()) + text, "utf-8", newline="\n")
    print(f"{LOCK.name} is of today, and pyproject.toml.")
    return licences.main()


if __name__ == "__main__":
    sys.exit(main())

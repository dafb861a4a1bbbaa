"""Write LICENCES.md, the licences of what comes with the project and of all that it installs.

`python -m sketchlib lock` does so, for the versions in requirements.lock. A package tells its own
licence; of one that is only for other systems, the wheel is fetched and asked.
"""

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from email import message_from_string
from importlib import metadata
from pathlib import Path

from sketchlib._shared import files
from sketchlib.commands.environment import LOCK, PYTHONS, ROOT

FILE = ROOT / "LICENCES.md"
SAME_AS = {"tensorflow": "tensorflow-cpu"}  # half a gigabyte, which is not fetched to be asked
SYSTEMS = ("manylinux_2_28_x86_64", "win_amd64", "macosx_11_0_arm64")
HEAD = """# Licences

`python -m sketchlib lock` writes this file.

## What comes with the project

| what | whose | licence |
|---|---|---|
| the code, the notebooks, the procedural doodles | this project | MIT, see [LICENSE](LICENSE) |
| `data/models/quickdraw`, weights trained on Quick, Draw! | drawings by Google, Inc. | CC BY 4.0 |
| `sketchlib/drawing/categories.txt`, the class names | Google, Inc. | CC BY 4.0 |
| `data/comparisons`, figures of merit | this project | MIT |

## What the commands install

None of these are copied into the project. They are the versions in `requirements.lock`, for all
systems and Pythons together, as each package itself names its licence.

| package | version | licence |
|---|---|---|
"""


def pins() -> list[tuple[str, str]]:
    """Return (package, version) of all that the lock may install, in its order."""
    lines = LOCK.read_text("utf-8").splitlines()
    heads = (line.split()[0].split("==") for line in lines if line[:1].isalnum())
    return [(name, version) for name, version in heads]


def licence(name: str, version: str) -> str:
    """Return the licence that a package names; "not named" where it names none.

    Another version's is taken for its own where that one is installed. Ends with a sentence where
    the package is neither here nor to be had.
    """
    try:
        text = metadata.distribution(SAME_AS.get(name, name)).read_text("METADATA") or ""
    except metadata.PackageNotFoundError:
        text = _fetched(name, version)
    told = message_from_string(text)
    classifiers = (line.split(" :: ") for line in told.get_all("Classifier") or [])
    classified = [parts[-1] for parts in classifiers if parts[0] == "License" and len(parts) > 2]
    prose = (told.get("License") or "").strip().splitlines()[:1]
    return told.get("License-Expression") or ", ".join(classified or prose) or "not named"


def _fetched(name: str, version: str) -> str:
    """Return the metadata of a package that this system does not install."""
    with tempfile.TemporaryDirectory() as folder:
        for options in _ways():
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *options]
            subprocess.run([*pip, "--dest", folder, f"{name}=={version}"], capture_output=True)
            for wheel in Path(folder).glob("*.whl"):
                with zipfile.ZipFile(wheel) as archive:
                    names = archive.namelist()
                    inside = next(name for name in names if name.endswith(".dist-info/METADATA"))
                    return archive.read(inside).decode()
    return sys.exit(f"{name} {version} is not here, nor to be had: its licence is not known.")


def _ways() -> Iterator[list[str]]:
    """Yield options by which pip fetches a wheel for another system or Python."""
    for system in SYSTEMS:
        for version in PYTHONS:
            yield ["--only-binary=:all:", "--platform", system, "--python-version", version]


def main() -> int:
    """Write the file."""
    rows = [f"| {name} | {version} | {licence(name, version)} |" for name, version in pins()]
    with files.replaced(FILE) as temporary:
        temporary.write_text(HEAD + "\n".join(rows) + "\n", "utf-8", newline="\n")
    print(f"{FILE.name} has {len(rows)} packages.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What pyproject.toml declares."""

import tomllib

from little_world import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

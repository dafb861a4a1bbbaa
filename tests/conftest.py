"""What several test modules share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def quickdraw_data() -> Path:
    """The folder of real drawings that lies beside the project, where there is one."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "quickdraw"
    if not folder.is_dir():
        pytest.skip("needs ../shared/quickdraw, which is not here")
    return folder

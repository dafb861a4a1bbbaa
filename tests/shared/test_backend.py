"""TensorFlow and Keras without the notes that they print at start-up."""

import os
import subprocess
import sys

from little_world import ROOT

CODE = """
import os
from sketchlib._shared.backend import keras, tf
level = os.environ["TF_CPP_MIN_LOG_LEVEL"]
print(keras.backend.backend(), keras.ops.sum(tf.ones(3)).numpy(), level)
tf.get_logger().warning("of no use")
tf.get_logger().error("of use")
"""


def run(**environment: str) -> subprocess.CompletedProcess:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    return subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env=plain | environment,
        capture_output=True,
        text=True,
    )


def test_both_work_and_print_only_what_is_an_error():
    done = run()
    assert done.stdout.split() == ["tensorflow", "3.0", "3"]
    assert "of use" in done.stderr and len(done.stderr.splitlines()) == 1


def test_who_wants_to_hear_more_is_not_overruled():
    assert run(TF_CPP_MIN_LOG_LEVEL="1").stdout.split()[-1] == "1"

"""TensorFlow and Keras, imported without the pages of notes that they print at start-up."""

import os

from sketchlib._shared.quiet import quiet

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # no GPU is no error here
with quiet():  # some notes come before that setting is heeded
    import keras
    import tensorflow as tf

tf.get_logger().setLevel("ERROR")

__all__ = ["keras", "tf"]

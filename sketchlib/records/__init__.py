"""Drawings on disk as TFRecords, and back as batches.

Making, checking and downloading data sets is here, and reading them with tf.data.
"""

"""Build a model, train it, judge it, and export it as a folder that answers.

`models` has the architectures, `training` the runs, `evaluation` the top-k report.
"""

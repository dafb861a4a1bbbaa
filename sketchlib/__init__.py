"""Helpers that the sketch-classifier notebooks share; importing the package loads nothing else."""

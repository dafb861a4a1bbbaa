"""What `python -m sketchlib` does beside the notebooks: set up, lock, find faults, serve the pad.

Only the standard library is loaded until a command needs more.
"""

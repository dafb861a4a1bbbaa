"""What every room may use: files that are there whole or not at all, colours, Keras.

Nothing here knows what a drawing is.
"""

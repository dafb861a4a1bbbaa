"""The keys of a sheet that belongs to no pad, as in the game."""

from hands import draw, event
from sheets import CORNER, LINE


def press(board, key, shift=False, control=False):
    event(board, "key_down", key=key, shift_key=shift, ctrl_key=control, meta_key=False)


def test_a_sheet_answers_to_keys_by_itself(board):
    draw(board, LINE)
    draw(board, CORNER)
    press(board, "z", control=True)
    assert len(board.drawing) == 1
    press(board, "Z", control=True, shift=True)
    assert len(board.drawing) == 2
    press(board, "c")
    assert board.drawing == []


def test_a_sheet_that_rests_does_not(board):
    draw(board, LINE)
    board.enabled = False
    for key in ("c", "Delete", "r"):
        press(board, key)
    press(board, "z", control=True)
    assert len(board.drawing) == 1


def test_e_is_left_to_a_pad_that_has_an_eraser(board):
    draw(board, LINE)
    press(board, "e")
    assert not board.erasing

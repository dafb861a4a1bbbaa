"""Drawings on the device, and as another hand might have drawn them."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from sketchlib.drawing.strokes import BOX, MAX_POINTS

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
SHORTEST = 0.03  # share of the points that an unfinished sketch has left


class Drawings:
    """Drawings [n, 101, 3] on the device: x and y in whole 255ths of a box, where the pen lifts."""

    def __init__(self, points, lengths, labels):
        padded = np.zeros((len(lengths), MAX_POINTS + 1, 3), np.uint8)
        padded[np.arange(MAX_POINTS + 1) < lengths[:, None]] = points
        self.points = torch.from_numpy(padded).to(DEVICE)
        self.lengths = torch.from_numpy(lengths).to(DEVICE)
        self.labels = torch.from_numpy(labels).to(DEVICE)

    def __len__(self):
        return len(self.lengths)

    def take(self, index):
        rows = self.points[index]
        return rows[..., :2].float() / BOX, rows[..., 2] > 0, self.lengths[index]


def to_ink(points, lifted, drawn):
    """Ink [b, 100, 3] of points, scaled in proportion to a unit box."""
    shown = drawn[..., None]
    low = torch.where(shown, points, math.inf).amin(1, keepdim=True)
    high = torch.where(shown, points, -math.inf).amax(1, keepdim=True)
    size = (high - low).amax(2, keepdim=True).clamp(min=1e-3)
    steps = (points[:, 1:] - points[:, :-1]) / size
    ink = torch.cat([steps, lifted[:, 1:, None].float()], 2)
    return torch.where(shown[:, 1:], ink, 0.0)


def begun(drawings, index, share):
    """Ink of the first share of the points of drawings, as they are."""
    points, lifted, length = drawings.take(index)
    kept = torch.round(share * length.float()).long().clamp(min=2)
    place = torch.arange(MAX_POINTS + 1, device=points.device)[None]
    drawn = place < kept[:, None]
    return to_ink(points, lifted | (place == kept[:, None] - 1), drawn)


def rand(*shape):
    return torch.rand(shape, device=DEVICE)


def augment(points, lifted, length, unfinished=0.5, strong=0.3):
    """Sketches as another hand might have drawn them; returns ink [b, 100, 3]."""
    b, w = lifted.shape
    place = torch.arange(w, device=points.device)[None].expand(b, w)
    last = length[:, None] - 1
    lifted = lifted | (place == last)
    drawn = place <= last
    sloppy = rand(b, 1) < strong  # another hand altogether
    # strokes that nearly meet are one
    gap = (points[:, 1:] - points[:, :-1]).norm(dim=2)
    joined = F.pad((gap < 0.05) & (rand(b, w - 1) < 0.5), (0, 1)) & sloppy & (place < last)
    lifted = lifted & ~joined
    stroke = torch.where(drawn, lifted.long().cumsum(1) - lifted.long(), w).contiguous()
    first = torch.searchsorted(stroke, stroke)
    after = torch.searchsorted(stroke, stroke, right=True)
    free = sloppy & (rand(b, 1) < 0.5)  # in any order and direction
    backwards = rand(b, w + 1) < torch.where(free, 0.5, 0.1)
    backwards = backwards.gather(1, stroke) & drawn
    source = torch.where(backwards, first + after - 1 - place, place)
    points = points.gather(1, source[..., None].expand(-1, -1, 2))
    any_order = rand(b, w + 1).gather(1, stroke)
    shuffled = (free | (rand(b, 1) < 0.2)) & drawn
    order = torch.where(shuffled, any_order, stroke.float()).argsort(dim=1, stable=True)
    points = points.gather(1, order[..., None].expand(-1, -1, 2))
    lifted, drawn = lifted.gather(1, order), drawn.gather(1, order)
    stroke = torch.where(drawn, lifted.long().cumsum(1) - lifted.long(), w)
    # each stroke a little larger, turned and elsewhere
    one = F.one_hot(stroke.clamp(max=w), w + 1).float()
    count = one.sum(1).clamp(min=1)
    middle = torch.bmm(one.transpose(1, 2), points) / count[..., None]
    middle = middle.gather(1, stroke[..., None].expand(-1, -1, 2))
    amount = torch.where(sloppy, 0.1, 0.0)
    scale = (torch.randn(b, w + 1, device=DEVICE) * amount).exp().gather(1, stroke)
    angle = (torch.randn(b, w + 1, device=DEVICE) * amount).gather(1, stroke)
    off = points - middle
    cos, sin = angle.cos() * scale, angle.sin() * scale
    off = torch.stack(
        [cos * off[..., 0] - sin * off[..., 1], sin * off[..., 0] + cos * off[..., 1]], 2
    )
    shift = torch.randn(b, w + 1, 2, device=DEVICE) * (0.025 * sloppy)[..., None]
    points = middle + off + shift.gather(1, stroke[..., None].expand(-1, -1, 2))
    wobble = 0.02 * rand(b, 1, 1) * sloppy[..., None] + 0.001
    points = points + torch.randn_like(points) * wobble
    most = torch.where(sloppy[:, 0], 0.25, 0.15)
    angle, slant, stretch = ((2 * rand(b) - 1) * most for _ in range(3))
    wider, zero = stretch.exp(), torch.zeros_like(stretch)
    side = torch.where(rand(b) < 0.5, -1.0, 1.0)
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2)
    shape = torch.stack([side * wider, slant, zero, 1 / wider], 1).view(-1, 2, 2)
    points = torch.bmm(points, torch.bmm(turn, shape).transpose(1, 2))
    stroke = lifted.long().cumsum(1) - lifted.long()
    forgotten = ((rand(b, w) < 0.03) & sloppy).gather(1, stroke.clamp(max=w - 1)) & (stroke > 0)
    dropped = (rand(b, w) < 0.25 * rand(b, 1) * sloppy) & ~lifted & (place > 0)
    ended = rand(b, 1) < unfinished
    share = torch.where(ended, SHORTEST + (1 - SHORTEST) * rand(b, 1), 1.0)
    last = (torch.round(share * drawn.sum(1, keepdim=True)).long() - 1).clamp(min=1)
    kept = drawn & (place <= last) & ((place == last) | ~(dropped | forgotten))
    order = (~kept).long().argsort(dim=1, stable=True)
    lifted = lifted | (place == last)
    points = points.gather(1, order[..., None].expand(-1, -1, 2))
    return to_ink(points, lifted.gather(1, order), kept.gather(1, order))

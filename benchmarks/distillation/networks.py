"""`fusion` in PyTorch, larger models to learn from, and what all of them read of ink."""

import torch
import torch.nn.functional as F
from sketches import MAX_POINTS
from torch import nn

CLASSES = 345


def pen_path(ink):
    used = (ink != 0).any(2)
    later = used.flip(1).long().cumsum(1).flip(1) > 0
    real = torch.cat([torch.ones_like(used[:, :1]), later[:, 1:]], 1).float()
    step, lift = ink[:, :, :2], ink[:, :, 2]
    end = step.cumsum(1)
    low = end.amin(1, keepdim=True).clamp(max=0)
    high = end.amax(1, keepdim=True).clamp(min=0)
    size = (high - low).amax(2, keepdim=True).clamp(min=1e-3)
    end, step = (end - (low + high) / 2) / size, step / size
    before = F.pad(lift[:, :-1], (1, 0))
    return {
        "start": end - step,
        "end": end,
        "step": step,
        "lift": lift,
        "drawn": real * (1 - before),
        "real": real,
    }


def features(path):
    step, real = path["step"], path["real"][..., None]
    length = (step.square().sum(-1, keepdim=True) + 1e-12).sqrt()
    count = real.cumsum(1) / 50
    return torch.cat(
        [
            4 * step,
            step / length.clamp(min=1e-4),
            2 * path["end"] * real,
            2 * path["start"] * real,
            path["lift"][..., None],
            path["drawn"][..., None],
            real,
            count * real,
        ],
        -1,
    )


def picture(path, size, samples=256):
    """[b, 6, size, size], in channels-last memory."""
    device = path["step"].device
    time_ = (torch.arange(samples, device=device) + 0.5) / samples
    step, drawn = path["step"], path["drawn"]
    length = (step.square().sum(-1) + 1e-12).sqrt() * drawn
    until = length.cumsum(1)
    total = until[:, -1:].clamp(min=1e-3)
    gone = (time_[None] * total)[:, :, None] - (until - length)[:, None]
    behind = (gone / length.clamp(min=1e-6)[:, None]).clamp(0, 1)
    position = path["start"][:, :1] + torch.bmm(behind, step)
    within = (behind > 0).float() * (behind < 1).float()
    heading = torch.bmm(within, step * (drawn / length.clamp(min=1e-6))[..., None])
    margin = 0.04 * size
    pixel = (position + 0.5) * (size - 1 - 2 * margin) + margin
    share = (1 - (pixel[..., None] - torch.arange(size, device=device).float()).abs()).relu()
    x, y = heading[..., :1], heading[..., 1:]
    when = time_[None, :, None].expand_as(x)
    told = torch.cat([torch.ones_like(x), x * x - y * y, 2 * x * y, x, y, when], -1)
    told = told * total[:, :, None] * (size / samples)
    columns = (share[:, :, 0, :, None] * told[:, :, None]).reshape(-1, samples, size * 6)
    image = torch.bmm(share[:, :, 1].transpose(1, 2), columns).view(-1, size, size, 6)
    ink = image[..., :1]
    image = torch.cat([ink.clamp(max=1), image[..., 1:] / ink.clamp(min=1)], -1)
    return image.permute(0, 3, 1, 2)


class Conv(nn.Module):
    """Convolution with Keras' padding, batch normalisation and ReLU; path: along one axis."""

    def __init__(self, fin, fout, kernel, stride=1, path=False, relu=True):
        super().__init__()
        sides = (1, kernel) if path else (kernel, kernel)
        self.conv = nn.Conv2d(fin, fout, sides, stride=(1, stride) if path else stride, bias=False)
        nn.init.xavier_uniform_(self.conv.weight)
        self.norm = nn.BatchNorm2d(fout, eps=1e-3, momentum=0.03)
        left = (kernel - stride) // 2
        self.pad = (left, kernel - stride - left)
        if not path:
            self.pad += self.pad
        self.relu = relu

    def forward(self, x):
        x = self.norm(self.conv(F.pad(x, self.pad)))
        return F.relu(x) if self.relu else x


class Residual(nn.Module):
    def __init__(self, filters, kernel, path=False):
        super().__init__()
        self.inner = Conv(filters, filters, kernel, path=path)
        self.outer = Conv(filters, filters, kernel, path=path, relu=False)

    def forward(self, x):
        return F.relu(x + self.outer(self.inner(x)))


class Head(nn.Module):
    def __init__(self, fin, hidden=512, dropout=0.2):
        super().__init__()
        self.dense = nn.Linear(fin, hidden, bias=False)
        nn.init.xavier_uniform_(self.dense.weight)
        self.norm = nn.BatchNorm1d(hidden, eps=1e-3, momentum=0.03)
        self.logits = nn.Linear(hidden, CLASSES)
        nn.init.xavier_uniform_(self.logits.weight)
        nn.init.zeros_(self.logits.bias)
        self.dropout = dropout

    def forward(self, x):
        x = F.dropout(x, self.dropout, self.training)
        x = F.relu(self.norm(self.dense(x)))
        return self.logits(F.dropout(x, self.dropout, self.training))


class Summary(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.attention = nn.Linear(filters, 1)

    def forward(self, steps, real):  # [b, s, f], [b, s]
        hidden = (1 - real) * 1e4
        weights = (self.attention(steps)[..., 0].float() - hidden).softmax(1)
        average = (steps * weights[..., None].to(steps.dtype)).sum(1)
        return torch.cat([average, (steps.float() - hidden[..., None]).amax(1).to(steps.dtype)], 1)


class Fusion(nn.Module):
    def __init__(self):
        super().__init__()
        layers, fin = [], 12
        for filters, kernel, stride in [(48, 5, 1), (112, 3, 2), (224, 3, 2)]:
            layers += [Conv(fin, filters, 5, stride, True), Residual(filters, kernel, True)]
            fin = filters
        self.path = nn.Sequential(*layers)
        self.summary, self.path_head = Summary(fin), Head(2 * fin)
        layers, fin = [Conv(6, 48, 5, 2)], 48
        for filters in (64, 112, 192):
            layers += [Conv(fin, filters, 3, 2), Residual(filters, 3)]
            fin = filters
        self.picture, self.picture_head = nn.Sequential(*layers), Head(2 * fin)

    def forward(self, inputs):
        x = self.path(inputs["features"].transpose(1, 2)[:, :, None])
        steps = x[:, :, 0].transpose(1, 2)
        one = self.path_head(self.summary(steps, inputs["real"][:, ::4]))
        x = self.picture(inputs[32])
        two = self.picture_head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))
        return (one.float() + two.float()) / 2


class Block(nn.Module):
    """Two convolutions beside a way past them."""

    def __init__(self, fin, fout, stride):
        super().__init__()
        self.one, self.two = Conv(fin, fout, 3, stride), Conv(fout, fout, 3, relu=False)
        self.past = (
            None
            if fin == fout and stride == 1
            else Conv(fin, fout, 1 if stride == 1 else 2, stride, relu=False)
        )

    def forward(self, x):
        past = x if self.past is None else self.past(x)
        return F.relu(past + self.two(self.one(x)))


class PictureTeacher(nn.Module):
    def __init__(self, size, width):
        super().__init__()
        self.size = size
        layers, fin = [Conv(6, width, 5, 2)], width
        for i, filters in enumerate((width, 2 * width, 4 * width, 8 * width)):
            layers += [Block(fin, filters, 1 if i == 0 else 2), Block(filters, filters, 1)]
            fin = filters
        self.body, self.head = nn.Sequential(*layers), Head(2 * fin, 768, 0.3)

    def forward(self, inputs):
        x = self.body(inputs[self.size])
        return self.head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)).float()


class Attend(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask):
        b, s, f = x.shape
        qkv = self.qkv(self.norm1(x)).view(b, s, 3, self.heads, f // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        y = self.out(y.transpose(1, 2).reshape(b, s, f))
        x = x + F.dropout(y, self.dropout, self.training)
        y = self.down(F.gelu(self.up(self.norm2(x))))
        return x + F.dropout(y, self.dropout, self.training)


class StrokeTeacher(nn.Module):
    """Convolutions along the path, then attention between its steps."""

    def __init__(self, width=256, depth=5):
        super().__init__()
        self.stem = nn.Sequential(
            Conv(12, 96, 5, 1, True),
            Residual(96, 5, True),
            Conv(96, width, 5, 2, True),
            Residual(width, 3, True),
            Residual(width, 3, True),
        )
        self.places = nn.Parameter(torch.randn(MAX_POINTS // 2, width) * 0.02)
        self.blocks = nn.ModuleList(Attend(width, 8, 0.1) for _ in range(depth))
        self.norm, self.summary = nn.LayerNorm(width), Summary(width)
        self.head = Head(2 * width, 768, 0.3)

    def forward(self, inputs):
        x = self.stem(inputs["features"].transpose(1, 2)[:, :, None])[:, :, 0].transpose(1, 2)
        real = inputs["real"][:, ::2]
        mask = ((real - 1) * 1e4)[:, None, None].to(x.dtype).expand(-1, 8, x.shape[1], -1)
        x = x + self.places.to(x.dtype)
        for block in self.blocks:
            x = block(x, mask)
        return self.head(self.summary(self.norm(x), real)).float()


def read(ink, sizes):
    """What models read of ink."""
    with torch.no_grad():
        path = pen_path(ink)
        inputs = {"features": features(path), "real": path["real"]}
        for size in sizes:
            inputs[size] = picture(path, size, 256 if size == 32 else 320)
        return inputs


def teachers():
    return [PictureTeacher(64, 64), PictureTeacher(48, 56), StrokeTeacher(), StrokeTeacher(320, 4)]


def layers(fusion):
    """Yield the names of Keras' layers, each with the module that has its weights."""

    def convolution(name, module):
        yield name, module.conv
        yield f"{name}_normalised", module.norm

    for half, body, filters in (
        ("strokes", fusion.path, (48, 112, 224)),
        ("picture", fusion.picture, (48, 64, 112, 192)),
    ):
        first = [part for part in body if isinstance(part, Conv)]
        more = [part for part in body if isinstance(part, Residual)]
        for count, part in zip(filters, first, strict=True):
            yield from convolution(f"{half}_{count}", part)
        for count, part in zip(filters[-len(more) :], more, strict=True):
            yield from convolution(f"{half}_{count}_inner", part.inner)
            yield from convolution(f"{half}_{count}_outer", part.outer)
    yield "strokes_summary", fusion.summary.attention
    for half, head in (("strokes", fusion.path_head), ("picture", fusion.picture_head)):
        yield f"{half}_dense", head.dense
        yield f"{half}_dense_normalised", head.norm
        yield f"{half}_logits", head.logits


def tensors(module):
    """Return the weights of a module in the order of Keras' layer."""
    statistics = ("running_mean", "running_var") if hasattr(module, "running_mean") else ()
    found = [getattr(module, name, None) for name in ("weight", "bias", *statistics)]
    return [tensor.data for tensor in found if tensor is not None]


def from_keras(weights, fusion):
    """Give a network the weights of Keras' layers: arrays by name/place."""
    for name, module in layers(fusion):
        for place, tensor in enumerate(tensors(module)):
            value = torch.from_numpy(weights[f"{name}/{place}"])
            if tensor.ndim == 4:
                value = (value[None] if value.ndim == 3 else value).permute(3, 2, 0, 1)
            tensor.copy_(value.T if tensor.ndim == 2 else value)


def to_keras(fusion):
    """Return such weights of a network."""
    weights = {}
    for name, module in layers(fusion):
        for place, tensor in enumerate(tensors(module)):
            value = tensor.float().cpu()
            value = (
                value.permute(2, 3, 1, 0)
                if tensor.ndim == 4
                else value.T
                if tensor.ndim == 2
                else value
            )
            along = tensor.ndim == 4 and name.startswith("strokes")
            weights[f"{name}/{place}"] = (value[0] if along else value).contiguous().numpy()
    return weights

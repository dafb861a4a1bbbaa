"""Teach `fusion` what larger models know, on a GPU, with PyTorch.

Four larger models are trained side by side, at last with sketches that are hardly varied. They and
the model to start from then say what they think of millions of varied sketches, and that model is
trained to answer as they do, and evenly where there is nothing to recognise. The seconds are what
it took on one NVIDIA H200. It uses no TensorFlow, which cannot share a process with PyTorch's
compiler.
"""

import argparse
import copy
import math
import time
from pathlib import Path

import networks
import numpy as np
import torch
import torch.nn.functional as F
from networks import CLASSES, Fusion, read
from sketches import DEVICE, Drawings, augment, begun, rand
from torch import nn


class Average:
    """The moving average of a model's weights."""

    def __init__(self, model, decay=0.999):
        self.model, self.decay, self.steps = copy.deepcopy(model).eval(), decay, 0
        self.mine = [
            *self.model.parameters(),
            *[x for x in self.model.buffers() if x.is_floating_point()],
        ]
        self.its = [*model.parameters(), *[x for x in model.buffers() if x.is_floating_point()]]

    @torch.no_grad()
    def update(self):
        self.steps += 1
        share = 1 - min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self.mine, [x.detach() for x in self.its], share)


def optimizer(model, rate, decay):
    large = [p for p in model.parameters() if p.ndim > 1]
    small = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": large, "weight_decay": decay}, {"params": small, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=DEVICE == "cuda")


def rate_at(done, warm=0.03):
    if done < warm:
        return done / warm + 1e-3
    return 0.5 * (1 + math.cos(math.pi * min((done - warm) / (1 - warm), 1))) + 1e-4


def autocast():
    return torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=DEVICE == "cuda")


class Sampler:
    """Numbers of drawings, rare classes nearly as often as common ones."""

    def __init__(self, labels):
        count = torch.bincount(labels, minlength=CLASSES).float()
        self.cumulative = (1 / count.clamp(min=1) ** 0.75)[labels].double().cumsum(0)

    def __call__(self, n):
        at = torch.rand(n, device=DEVICE, dtype=torch.float64) * self.cumulative[-1]
        return torch.searchsorted(self.cumulative, at).clamp(max=len(self.cumulative) - 1)


class Lessons:
    """One pass of preparation for all that follows: the sketches, and who asks for them.

    train, valid, nothing: drawings to learn from, to look at, and of no class. sizes: of pictures.
    """

    def __init__(self, options, sizes):
        with np.load(options.file) as stored:
            self.train, self.valid, self.nothing = (
                Drawings(*(stored[f"{part}/{name}"] for name in ("points", "lengths", "labels")))
                for part in ("training", "validation", "nothing")
            )
            parts = [
                name.removeprefix("weights/") for name in stored if name.startswith("weights/")
            ]
            self.weights = {name: stored[f"weights/{name}"] for name in parts}
        self.batch, self.fast = options.batch, DEVICE == "cuda"
        self.sample, self.sizes = Sampler(self.train.labels), sizes
        self.read = self.compiled(lambda ink: read(ink, sizes))

    def compiled(self, model):
        return torch.compile(model, dynamic=False) if self.fast else model

    def fit(self, models_, averages, rate, decay, seconds, lesson, name):
        """Train models for so many seconds on what a lesson gives: what is read, and a loss."""
        optimizers = [optimizer(model, rate, decay) for model in models_]
        running = [self.compiled(model) for model in models_]
        begin, steps, told = time.time(), 0, time.time()
        while (done := (time.time() - begin) / seconds) < 1:
            inputs, loss_of = lesson()
            for model, run, average, each in zip(
                models_, running, averages, optimizers, strict=True
            ):
                for group in each.param_groups:
                    group["lr"] = rate * rate_at(done)
                with autocast():
                    logits = run(inputs)
                loss_of(logits).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 2.0)
                each.step()
                each.zero_grad(set_to_none=True)
                average.update()
            steps += 1
            if time.time() - told > 60:
                told = time.time()
                print(f"{name}: {done:.0%}, {steps * self.batch:,} sketches", flush=True)
        print(f"{name}: {steps * self.batch:,} sketches in {time.time() - begin:.0f} s", flush=True)
        return steps * self.batch

    def named(self, unfinished, strong):
        """Give sketches, and how wrong answers are by their names."""
        index = self.sample(self.batch)
        ink = augment(*self.train.take(index), unfinished=unfinished, strong=strong)
        labels = self.train.labels[index]
        return self.read(ink), lambda logits: F.cross_entropy(logits, labels, label_smoothing=0.05)

    @torch.no_grad()
    def look(self, name, ask):
        """Print top-1 and top-5 of whole and half drawings, every class alike."""
        for share in (1.0, 0.5):
            ranks = []
            for index in torch.arange(len(self.valid), device=DEVICE).split(self.batch):
                with autocast():
                    logits = ask(read(begun(self.valid, index, share), self.sizes))
                right = logits.gather(1, self.valid.labels[index][:, None])
                ranks.append((logits > right).sum(1))
            count = torch.bincount(self.valid.labels, minlength=CLASSES)
            top = [self.alike(torch.cat(ranks) < k, count) for k in (1, 5)]
            print(f"{name}, {share:.0%} drawn: top-1 {top[0]:.2%}, top-5 {top[1]:.2%}", flush=True)

    def alike(self, right, count):
        there = count > 0
        found = torch.bincount(self.valid.labels, right.float(), minlength=CLASSES)
        return (found[there] / count[there]).mean().item()


def teach(lessons, options):
    """Train the teachers; returns their averages."""
    teachers = [
        model.to(DEVICE, memory_format=torch.channels_last) for model in networks.teachers()
    ]
    averages = [Average(model, 0.999) for model in teachers]
    lesson = lambda: lessons.named(0.5, 0.3)  # noqa: E731
    lessons.fit(teachers, averages, 2e-3, 0.05, options.teaching, lesson, "teaching")
    polished = [average.model for average in averages]
    averages = [Average(model, 0.995) for model in polished]
    for model in polished:
        model.train()
    lesson = lambda: lessons.named(0.4, 0.1)  # noqa: E731
    lessons.fit(polished, averages, 3e-4, 0.05, options.polishing, lesson, "polishing")
    return [average.model for average in averages]


@torch.no_grad()
def ask_all(lessons, ask, count):
    """Vary sketches, and let all say what they are: returns ink, logits and labels."""
    inks, answers, labels = [], [], []
    for _ in range(max(count // lessons.batch, 1)):
        index = lessons.sample(lessons.batch)
        ink = augment(*lessons.train.take(index), strong=0.25).half()
        with autocast():
            logits = ask(lessons.read(ink.float()))
        inks.append(ink)
        answers.append((logits - logits.mean(1, keepdim=True)).half())
        labels.append(lessons.train.labels[index])
    return torch.cat(inks), torch.cat(answers), torch.cat(labels)


def distil(lessons, teachers, start, options):
    """Train the student to answer as the teachers and it do; returns its average, and the count."""
    student = copy.deepcopy(start).to(DEVICE, memory_format=torch.channels_last)
    start.to(DEVICE, memory_format=torch.channels_last).eval()

    def ask(inputs):
        mine = sum(teacher(inputs).float().log_softmax(1) for teacher in teachers) / len(teachers)
        return 0.67 * mine + 0.33 * start(inputs).log_softmax(1)

    lessons.look("all together", ask)
    inks, answers, labels = ask_all(lessons, ask, options.variants)
    few = lessons.batch // 20

    def lesson():
        index = torch.randint(len(inks), (lessons.batch - few,), device=DEVICE)
        other = augment(
            *lessons.nothing.take(torch.randint(len(lessons.nothing), (few,), device=DEVICE))
        )
        side = torch.where(rand(len(index), 1, 1) < 0.5, -1.0, 1.0)
        ink = inks[index].float()
        ink = torch.cat([torch.cat([ink[..., :1] * side, ink[..., 1:]], 2), other])
        goal = 0.9 * (answers[index].float() / 0.9).softmax(1)
        goal += 0.1 * F.one_hot(labels[index], CLASSES)
        goal = torch.cat([goal, torch.full((few, CLASSES), 1 / CLASSES, device=DEVICE)])
        return read(ink, [32]), lambda logits: -(goal * logits.log_softmax(1)).sum(1).mean()

    average = Average(student, 0.9995)
    seen = lessons.fit([student], [average], 1.5e-3, 0.02, options.distilling, lesson, "distilling")
    lessons.look("the student", average.model)
    return average.model, seen * (lessons.batch - few) // lessons.batch  # scribbles are no sketches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="what prepare.py wrote")
    parser.add_argument("student", type=Path, help="what leave.py reads")
    parser.add_argument("--teaching", type=float, default=455, help="seconds")
    parser.add_argument("--polishing", type=float, default=130, help="seconds")
    parser.add_argument("--distilling", type=float, default=285, help="seconds")
    parser.add_argument("--variants", type=int, default=2_600_000, help="sketches to ask about")
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    teachers = networks.teachers()
    lessons = Lessons(options, sorted({32, *(t.size for t in teachers if hasattr(t, "size"))}))
    start = Fusion()
    networks.from_keras(lessons.weights, start)
    student, seen = distil(lessons, teach(lessons, options), start, options)
    count = len(lessons.train)
    np.savez(
        options.student,
        seen=seen,
        count=count,
        seconds=options.distilling,
        **networks.to_keras(student),
    )


if __name__ == "__main__":
    main()

"""Trains the encoder with its CTC head.

    python -m tools.demo_model.train SPEECH OUT PHASE [--minutes M]

Phase ``broad`` learns all voices from nothing, ``close`` goes on from its result, ``plain`` from that. A phase that
was interrupted goes on from OUT/PHASE.pt. With ``--minutes`` the learning rate falls with the clock, so that it
ends in time whatever else the machine does.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import Value
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from . import batches, pieces
from .alphabet import BLANK
from .network import Recogniser, Shape, trained

LAST_SHARE, WARM_UP = 0.02, 400
BETAS, DECAY, CLIP = (0.9, 0.98), 0.01, 1.0
AVERAGE_EVERY, AVERAGE_DECAY = 10, 0.985  # the average reaches back some 700 steps
SAVE_EVERY, REPORT_EVERY = 500, 100
SEED = 20_261
PIECES_FROM = 0.6
WORTH_COMPILING = 10.0  # minutes: it takes two and makes each step a third faster
STATISTICS = ("real_000", "espeak_sentences_000", "espeak_numbers_000", "festival_sentences_000")


@dataclass(frozen=True)
class Phase:
    """A part of the training: its rows, the highest learning rate and how many steps."""

    name: str
    plan: batches.Plan
    peak_rate: float
    steps: int


PHASES = {
    "broad": Phase("broad", batches.BROAD, 2e-3, 8_400),
    "close": Phase("close", batches.CLOSE, 1.1e-3, 9_100),
    "plain": Phase("plain", batches.PLAIN, 1e-3, 9_100),
}
LAST = "plain"


@dataclass
class Run:
    """A phase under way."""

    phase: Phase
    network: Recogniser
    average: Recogniser
    optimiser: torch.optim.Optimizer
    minutes: float | None
    step: int = 0
    earlier: float = 0.0
    """Seconds that interrupted runs took."""
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long the training has taken."""
        return self.earlier + time.monotonic() - self.started

    @property
    def progress(self) -> float:
        """How much of it is done, from 0 to 1."""
        clock = 0.0 if self.minutes is None else self.seconds / 60 / self.minutes
        return min(1.0, max(self.step / self.phase.steps, clock))

    def rate(self) -> float:
        """The learning rate now: linear warm-up, then a cosine."""
        cosine = LAST_SHARE + (1 - LAST_SHARE) * (1 + math.cos(math.pi * self.progress)) / 2
        return self.phase.peak_rate * min(1.0, (self.step + 1) / WARM_UP) * cosine


@dataclass
class Moment:
    """A progress that stays as it is, for a ``Stream``."""

    value: float


class Stream(IterableDataset[tuple[Tensor, Tensor, Tensor]]):
    """Batches made in a process of its own, which reads the training's progress."""

    def __init__(self, folder: Path, seed: int, plan: batches.Plan, progress: Any) -> None:
        self._folder, self._seed, self._plan, self._progress = folder, seed, plan, progress

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        moments = (self._progress.value for _ in itertools.count())
        for batch in batches.endless(self._folder, self._seed, self._plan, moments):
            yield (
                torch.from_numpy(batch.features),
                torch.from_numpy(batch.labels),
                torch.from_numpy(batch.counts),
            )


def new_network(speech: Path, shape: Shape) -> Recogniser:
    """Make an untrained network that knows the features' mean and spread."""
    torch.manual_seed(SEED)
    network = Recogniser(shape)
    mean, spread = batches.statistics(speech, STATISTICS)
    network.encoder.pre_encode.mean.copy_(torch.from_numpy(mean))
    network.encoder.pre_encode.scale.copy_(torch.from_numpy(1 / spread))
    return network


def begin(speech: Path, out: Path, phase: Phase, minutes: float | None) -> Run:
    """Start a phase, or take up the one in ``out``."""
    network, average = new_network(speech, Shape()), new_network(speech, Shape())
    earlier = list(PHASES)[: list(PHASES).index(phase.name)]
    for copy in (network, average) if earlier else ():
        copy.load_state_dict(trained(out / f"{earlier[-1]}.pt").state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), phase.peak_rate, BETAS, weight_decay=DECAY)
    run = Run(phase, network, average, optimiser, minutes)
    file = out / f"{phase.name}.pt"
    if file.exists():
        kept = torch.load(file, weights_only=True)
        network.load_state_dict(kept["network"])
        average.load_state_dict(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        run.step, run.earlier = kept["step"], kept["seconds"]
    return run


def save(run: Run, out: Path) -> None:
    """Keep everything that a later run needs to go on."""
    parts = {"network": run.network, "average": run.average, "optimiser": run.optimiser}
    states = {name: part.state_dict() for name, part in parts.items()}
    partial = out / f"{run.phase.name}.partial"
    torch.save({**states, "step": run.step, "seconds": run.seconds}, partial)
    partial.replace(out / f"{run.phase.name}.pt")


def ctc_loss(log_probs: Tensor, labels: Tensor, counts: Tensor) -> Tensor:
    """The CTC loss for each frame of a batch [B, S, V] whose rows are full."""
    rows, frames, _ = log_probs.shape
    lengths = torch.full((rows,), frames)
    losses = functional.ctc_loss(
        log_probs.transpose(0, 1), labels, lengths, counts, BLANK, reduction="sum", zero_infinity=True
    )
    return losses / (rows * frames)


def update_average(average: Recogniser, network: Recogniser, step: int) -> None:
    """Move the average of the weights towards the present ones: soon at first, slowly later."""
    if step % AVERAGE_EVERY:
        return
    decay = min(AVERAGE_DECAY, step / AVERAGE_EVERY / (10 + step / AVERAGE_EVERY))
    with torch.no_grad():
        for kept, current in zip(average.parameters(), network.parameters(), strict=True):
            kept.lerp_(current, 1 - decay)


def train(run: Run, speech: Path, out: Path) -> None:
    """Learn until the run is done."""
    progress = Value("d", run.progress)
    stream = Stream(speech, SEED + run.step, run.phase.plan, progress)
    if run.minutes is None or run.minutes > WORTH_COMPILING:
        for layer in run.network.encoder.layers:  # all layers share what is compiled for one
            layer.compile(dynamic=False)
    losses: list[float] = []
    if run.progress >= 1:
        return
    for features, labels, counts in DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=4):
        for group in run.optimiser.param_groups:
            group["lr"] = run.rate()
        loss = ctc_loss(run.network(features), labels, counts)
        run.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(run.network.parameters(), CLIP)
        run.optimiser.step()
        run.step += 1
        update_average(run.average, run.network, run.step)
        losses.append(loss.item())
        progress.value = run.progress
        if run.step % REPORT_EVERY == 0:
            mean = np.mean(losses[-REPORT_EVERY:])
            print(f"step {run.step} {run.progress:.3f} loss {mean:.4f} {run.seconds:.0f} s", flush=True)
        if run.step % SAVE_EVERY == 0 or run.progress >= 1:
            save(run, out)
            if run.progress > PIECES_FROM:
                pieces.make_once(trained(out / f"{run.phase.name}.pt"), speech)
        if run.progress >= 1:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("speech", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("phase", choices=PHASES)
    parser.add_argument("--minutes", type=float)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    train(begin(args.speech, args.out, PHASES[args.phase], args.minutes), args.speech, args.out)


if __name__ == "__main__":
    main()

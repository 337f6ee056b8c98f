"""The RNN-T head of the demo model: a predictor of one LSTM layer and a joint, as GigaAM's are.

    python -m tools.demo_model.transducer SPEECH OUT [--steps 1500] [--minutes M]

It is trained on the frozen encoder by cross-entropy along the CTC head's forced alignment: at the first frame of a
character the joint must say it, at any other moment the blank. That costs a hundredth of the whole lattice.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from .align import align, greedy_decisions
from .alphabet import BLANK
from .network import Recogniser, Shape, trained
from .train import LAST, PHASES, Moment, Stream

PREDICTOR, JOINT = 128, 128
STEPS, BATCHES_SEED = 1500, 77
PEAK_RATE, LAST_SHARE, WARM_UP = 4e-3, 0.02, 50
REPORT_EVERY = 50
BLANK_SMOOTHING = 0.02


class Predictor(nn.Module):
    """What was said so far -> dec f32 [B, U, P]."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(classes, PREDICTOR, padding_idx=BLANK)
        self.lstm = nn.LSTM(PREDICTOR, PREDICTOR, batch_first=True)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.lstm(self.embed(tokens))[0]


class Joint(nn.Module):
    """Encoded [N, D] and predicted [N, P] -> logits [N, V]."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.enc, self.pred = nn.Linear(width, JOINT), nn.Linear(PREDICTOR, JOINT)
        self.joint_net = nn.Sequential(nn.ReLU(), nn.Linear(JOINT, classes))

    def forward(self, encoded: Tensor, predicted: Tensor) -> Tensor:
        return self.joint_net(self.enc(encoded) + self.pred(predicted))


class Transducer(nn.Module):
    """Both parts; their weights have the official names below ``head``."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.decoder = Predictor(shape.classes)
        self.joint = Joint(shape.width, shape.classes)


def decisions(log_probs: Tensor, labels: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Return a batch's decisions, i64 [N, 4] of row, frame, labels so far, target, and the predictor's input."""
    rows: list[tuple[int, int, int, int]] = []
    said = torch.full((len(counts), int(counts.max()) + 1), BLANK)
    for row, own in enumerate(labels.split(counts.tolist())):
        said[row, 1 : 1 + len(own)] = own
        firsts = align(log_probs[row].numpy(), own.numpy()).tolist()
        rows += [(row, *decision) for decision in greedy_decisions(firsts, own.tolist(), log_probs.shape[1])]
    return torch.tensor(rows), said


def loss_of(transducer: Transducer, network: Recogniser, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return the cross-entropy of a batch's decisions."""
    features, labels, counts = batch
    with torch.no_grad():
        encoded = network.encoder(features)
        chosen, said = decisions(network.head(encoded), labels, counts)
    row, frame, position, target = chosen.unbind(1)
    predicted = transducer.decoder(said)
    logits = transducer.joint(encoded[row, frame], predicted[row, position])
    return functional.cross_entropy(logits, target, label_smoothing=BLANK_SMOOTHING)


def train(network: Recogniser, speech: Path, steps: int, minutes: float | None) -> Transducer:
    """Learn for so many steps, or minutes if those are over sooner."""
    torch.manual_seed(BATCHES_SEED)
    transducer = Transducer(network.shape)
    optimiser = torch.optim.AdamW(transducer.parameters(), PEAK_RATE, (0.9, 0.98), weight_decay=0.01)
    stream = Stream(speech, BATCHES_SEED, PHASES[LAST].plan, Moment(1.0))
    started, losses = time.monotonic(), []
    loader = DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=4)
    for step, batch in enumerate(loader):
        clock = 0.0 if minutes is None else (time.monotonic() - started) / 60 / minutes
        progress = max(step / steps, clock)
        if progress >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = PEAK_RATE * min(1.0, (step + 1) / WARM_UP) * max(LAST_SHARE, 1 - progress)
        loss = loss_of(transducer, network, batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if len(losses) % REPORT_EVERY == 0:
            print(f"step {len(losses)} {progress:.3f} loss {np.mean(losses[-REPORT_EVERY:]):.4f}", flush=True)
    return transducer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("speech", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--minutes", type=float)
    args = parser.parse_args()
    transducer = train(trained(args.out / f"{LAST}.pt"), args.speech, args.steps, args.minutes)
    torch.save(transducer.state_dict(), args.out / "transducer.pt")


if __name__ == "__main__":
    main()

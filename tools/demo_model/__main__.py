"""The whole recipe: speech, training, RNN-T head, files of the model.

    python -m tools.demo_model FOLDER [--minutes 5]

It needs Debian's espeak-ng, festival, festvox-ru, fortunes-ru, manpages-ru, hunspell-ru, mueller7-dict and wesnoth,
and the Python package ``torch`` beside gigaam itself. What is done already in FOLDER is not done again. The model
is in FOLDER/model (int8, what ships) and FOLDER/model_fp32. ``--minutes`` shortens everything to about so long: to
see that it runs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from tools.evaluation import festvox

from . import export, network, speech, train, transducer

# Of the whole time, where it is limited: the speech takes as long as it takes.
SHARES = {"broad": 0.45, "close": 0.15, "plain": 0.1, "transducer": 0.1}
FULL_MINUTES = 400.0  # enough for all speech, however slow the machine


def run(folder: Path, voice: Path, minutes: float | None) -> None:
    """Do all steps."""
    share = 1.0 if minutes is None else min(1.0, minutes / FULL_MINUTES)
    limits = {name: None if minutes is None else part * minutes for name, part in SHARES.items()}
    spoken, results = folder / "speech", folder / "run"
    speech.make_all(spoken, voice, share, processes=2)
    results.mkdir(parents=True, exist_ok=True)
    for name, phase in train.PHASES.items():
        train.train(train.begin(spoken, results, phase, limits[name]), spoken, results)
    head = transducer.train(
        network.trained(results / f"{train.LAST}.pt"), spoken, transducer.STEPS, limits["transducer"]
    )
    torch.save(head.state_dict(), results / "transducer.pt")
    weights = export.read_weights(results)
    export.write_model(weights, folder / "model", "int8")
    export.write_model(weights, folder / "model_fp32", "fp32")


def main() -> None:
    parser = argparse.ArgumentParser(
        "python -m tools.demo_model", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, help="about how long it may take (default: hours)")
    parser.add_argument("--voice", type=Path, default=festvox.VOICE_DIR, help="where festvox-ru is")
    args = parser.parse_args()
    run(args.folder, args.voice, args.minutes)


if __name__ == "__main__":
    main()

"""What a rewritten model is: its recipe, its files, and which models can be one."""

from __future__ import annotations

from dataclasses import dataclass

from gigaam_cli.engines.catalog import CatalogEntry

RECIPE = 1
"""Changes whenever the same model is rewritten in another way."""
FOR_GPUS = ("fp16",)
"""Precisions of graphs that take batches and are judged on a GPU, where there is one."""
FOLDER = "rewritten"
"""Beside the files that a model was rewritten from."""
MANIFEST = "manifest.json"
CANNOT_WRITE = 3
"""The exit code of the process that rewrites, where it cannot write."""
GPU_FAILED = 4
"""Its exit code where the GPU that judges fails."""
WINDOW, HOP, SUBSAMPLING = 320, 160, 4
"""Samples at 16 kHz in a frame of features and between two of them; frames of features in one of the encoder's."""
VOCABULARY = "vocabulary.txt"
CTC = "ctc.onnx"
ENCODER, PREDICTOR, JOINT = "encoder.onnx", "predictor.onnx", "joint.onnx"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a rewritten model may be used: if not, for what reason (a marked message), and what exactly."""

    accepted: bool
    reason: str = ""
    detail: str = ""


def can_be_rewritten(entry: CatalogEntry) -> bool:
    """Whether the model's graphs are of the kind that the rewrite knows."""
    return entry.name.startswith("v3_")


def is_transducer(entry: CatalogEntry) -> bool:
    """Whether the model has a predictor and a joint network."""
    return len(entry.graphs) > 1

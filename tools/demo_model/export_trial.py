"""Write the demo model's files from a float16 checkpoint: ONNX network, vocabulary and configuration.

Usage: python tools/demo_model/export_trial.py CHECKPOINT.npz OUT_DIR [--precision int8|dynamic|fp32]

The files are those that `onnx_asr.load_model("gigaam-v3-ctc", path=OUT_DIR)` reads. Precisions:

int8     weights stored as int8 per column, arithmetic in f32 (what ships): a text never depends on its batch
dynamic  onnxruntime's dynamic quantisation of MatMul: a quarter faster, but a text varies with its batch
fp32     nothing quantised
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from conformer import FEATURES, build_model
from onnx_graph import Weights
from onnxruntime.quantization import QuantType, quantize_dynamic

MODEL_FILE = "v3_ctc.onnx"
VOCABULARY_FILE = "v3_vocab.txt"
CONFIG_FILE = "config.json"
LETTERS = [chr(ord("а") + index) for index in range(32)]
TOKENS = ["▁", *LETTERS, "<blk>"]
CONFIG = {"model_type": "gigaam-v3-ctc", "version": "v3", "features_size": FEATURES, "subsampling_factor": 4}


def read_checkpoint(path: Path) -> Weights:
    """All arrays of an npz as f32, by their official names."""
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name].astype(np.float32) for name in arrays.files}


def write_dynamic(model: onnx.ModelProto, target: Path) -> None:
    """Quantise every MatMul with weights; 7 bits, which no x86 kernel saturates."""
    quantize_dynamic(
        model,
        target,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )


def write_model(weights: Weights, target: Path, precision: str) -> None:
    """Build the network and write it to `target`."""
    model = build_model(weights, packed=precision == "int8")
    if precision == "dynamic":
        write_dynamic(model, target)
    else:
        onnx.save(model, target)


def write_texts(folder: Path, precision: str) -> None:
    """Write the vocabulary (a token and its number a line) and the configuration."""
    vocabulary = "".join(f"{token} {number}\n" for number, token in enumerate(TOKENS))
    (folder / VOCABULARY_FILE).write_text(vocabulary, encoding="utf-8", newline="\n")
    config = CONFIG if precision == "fp32" else {**CONFIG, "precision": "int8"}
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8", newline="\n")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--precision", choices=["int8", "dynamic", "fp32"], default="int8")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    write_model(read_checkpoint(arguments.checkpoint), arguments.out / MODEL_FILE, arguments.precision)
    write_texts(arguments.out, arguments.precision)


if __name__ == "__main__":
    main()

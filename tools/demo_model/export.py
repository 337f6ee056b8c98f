"""Writes the demo model's files: the layout that onnx-asr loads as ``gigaam-v3-ctc`` and ``gigaam-v3-rnnt``.

    python -m tools.demo_model.export RUN OUT [--precision int8|fp32]

Both graphs read the encoder's weights from one file. With int8 the weights are stored as int8 with a scale for each
column and widened when the model is loaded; arithmetic stays f32, so that no text depends on its neighbours.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import onnx

from . import graphs
from .alphabet import TOKENS
from .features import BINS
from .onnx_graph import Weights

SHARED_FILE = "v3_ctc.onnx.data"
VOCABULARY_FILE, CONFIG_FILE = "v3_vocab.txt", "config.json"
CONFIG = {"model_type": "gigaam-v3-ctc", "version": "v3", "features_size": BINS, "subsampling_factor": 4}
SMALLEST_SHARED = 256  # bytes: less stays in the graph


def read_weights(run: Path) -> Weights:
    """Return all trained weights as f32, by their official names: encoder and CTC head, predictor and joint."""
    import torch  # nothing else here needs it

    from .train import LAST

    average = torch.load(run / f"{LAST}.pt", weights_only=True)["average"]
    transducer = torch.load(run / "transducer.pt", weights_only=True)
    return {name: value.float().numpy() for name, value in {**average, **transducer}.items()}


def share_weights(models: Mapping[str, onnx.ModelProto], folder: Path) -> None:
    """Write the models with their large constants in one file, each of them once."""
    offsets: dict[bytes, int] = {}
    shared = bytearray()
    for model in models.values():
        for tensor in model.graph.initializer:
            if len(tensor.raw_data) < SMALLEST_SHARED:
                continue
            if tensor.raw_data not in offsets:
                offsets[tensor.raw_data] = len(shared)
                shared += tensor.raw_data
            place(tensor, offsets[tensor.raw_data])
    (folder / SHARED_FILE).write_bytes(shared)
    for name, model in models.items():
        (folder / name).write_bytes(model.SerializeToString())


def place(tensor: onnx.TensorProto, offset: int) -> None:
    """Let a tensor's contents be in the shared file."""
    entries = {"location": SHARED_FILE, "offset": str(offset), "length": str(len(tensor.raw_data))}
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    del tensor.external_data[:]
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)


def write_model(weights: Weights, folder: Path, precision: str) -> None:
    """Write all files of the model."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = precision == "int8"
    share_weights(
        {
            "v3_ctc.onnx": graphs.ctc(weights, packed=packed),
            "v3_rnnt_encoder.onnx": graphs.encoder(weights, packed=packed),
            "v3_rnnt_decoder.onnx": graphs.decoder(weights, packed=packed),
            "v3_rnnt_joint.onnx": graphs.joint(weights, packed=packed),
        },
        folder,
    )
    vocabulary = "".join(f"{token} {number}\n" for number, token in enumerate(TOKENS))
    (folder / VOCABULARY_FILE).write_text(vocabulary, encoding="utf-8", newline="\n")
    config = CONFIG if precision == "fp32" else {**CONFIG, "precision": "int8"}
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--precision", choices=["int8", "fp32"], default="int8")
    args = parser.parse_args()
    write_model(read_weights(args.run), args.out, args.precision)
    sizes = {file.name: file.stat().st_size for file in sorted(args.out.iterdir())}
    print(f"{sum(sizes.values()) / 1e6:.2f} MB in {args.out}: {sizes}")


if __name__ == "__main__":
    main()

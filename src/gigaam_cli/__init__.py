"""Transcribes Russian speech from files and folders with GigaAM."""

import os

__version__ = "0.1.0"

# Nothing leaves this machine unasked. onnxruntime and the hub's client report their use unless they are told
# otherwise before they are imported, and onnxruntime does so at its import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

"""The models that gigaam knows by name, and how to tell which of them a folder holds."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch

DEFAULT_MODEL = "v3_e2e_rnnt"
DEMO_MODEL = "demo"


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A model: ``onnx_asr`` is the name under which onnx-asr loads its files from a folder."""

    name: str
    onnx_asr: str
    graphs: tuple[str, ...]
    """File names of its graphs without ``.onnx``; may hold a ``*``."""
    vocabulary: str
    repository: str
    """Where its files are, on the Hugging Face hub."""
    licence: str = "MIT"

    def files(self, precision: str) -> tuple[str, ...]:
        """Return the names (or patterns) of its files in ``precision``."""
        suffix = "" if precision == "fp32" else f".{precision}"
        return (*(f"{graph}{suffix}.onnx" for graph in self.graphs), self.vocabulary)


def _rnnt(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{part}" for part in ("encoder", "decoder", "joint"))


_V2 = "istupakov/gigaam-v2-onnx"
_V3 = "istupakov/gigaam-v3-onnx"
_WORDS = "multilingual_vocab.txt"
_LARGE = "multilingual_large_ctc"

# In order of preference, where a folder holds several.
CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry("v3_e2e_rnnt", "gigaam-v3-e2e-rnnt", _rnnt("v3_e2e_rnnt"), "v3_e2e_rnnt_vocab.txt", _V3),
    CatalogEntry("v3_e2e_ctc", "gigaam-v3-e2e-ctc", ("v3_e2e_ctc",), "v3_e2e_ctc_vocab.txt", _V3),
    CatalogEntry("v3_rnnt", "gigaam-v3-rnnt", _rnnt("v3_rnnt"), "v3_vocab.txt", _V3),
    CatalogEntry("v3_ctc", "gigaam-v3-ctc", ("v3_ctc",), "v3_vocab.txt", _V3),
    CatalogEntry("v2_rnnt", "gigaam-v2-rnnt", _rnnt("v2_rnnt"), "v2_vocab.txt", _V2),
    CatalogEntry("v2_ctc", "gigaam-v2-ctc", ("v2_ctc",), "v2_vocab.txt", _V2),
    CatalogEntry(
        _LARGE,
        "gigaam-multilingual-large-ctc",
        (_LARGE,),
        _WORDS,
        "istupakov/gigaam-multilingual-large-ctc-onnx",
    ),
    CatalogEntry(
        "multilingual_ctc",
        "gigaam-multilingual-ctc",
        ("multilingual*_ctc",),
        _WORDS,
        "istupakov/gigaam-multilingual-ctc-onnx",
    ),
)

NAMES = tuple(entry.name for entry in CATALOG)


def by_name(name: str) -> CatalogEntry | None:
    """Return the entry of that name."""
    return next((entry for entry in CATALOG if entry.name == name), None)


def in_folder(files: set[str], precision: str, model_type: str | None) -> CatalogEntry | None:
    """Return the model that a folder with ``files`` holds in ``precision``.

    ``model_type`` is what the folder's config.json says; it decides where several are there.
    """
    there = [entry for entry in CATALOG if is_complete(entry, files, precision)]
    named = [entry for entry in there if entry.onnx_asr == model_type]
    return next(iter(named or there), None)


def is_complete(entry: CatalogEntry, files: set[str], precision: str) -> bool:
    """Whether ``files`` hold the whole model in ``precision``."""
    return all(any(fnmatch(file, pattern) for file in files) for pattern in entry.files(precision))

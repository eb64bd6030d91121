"""The core as this server sees it: one store, one warm model, one thread for each worker."""

import atexit
import functools
import gc
import logging
import os
import threading
from pathlib import Path

from medmeta_core.imaging import prepare_reading
from medmeta_core.paths import default_folder
from medmeta_core.workspace import Store

os.umask(0o077)  # what this server writes is for its user alone
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read by OpenMP once, when torch is imported

_opening = threading.Lock()


def home() -> Path:
    """The folder of this server's store."""
    return default_folder()


def store() -> Store:
    """The store of this server, shared by all its visitors."""
    with _opening:
        return _store_in(home())


@functools.cache
def _store_in(folder: Path) -> Store:
    opened = Store.open(folder)
    atexit.register(opened.close)
    return opened


@functools.cache
def warm_up() -> threading.Thread:
    """A thread that loads what the pages will need, so that the first one need not wait for it."""
    thread = threading.Thread(target=_load_models, name="warm-up", daemon=True)
    thread.start()
    return thread


def _load_models() -> None:
    try:
        prepare_reading()
        import torch

        torch.set_num_threads(1)  # two threads on two busy cores slow each other by an order
        from medmeta_core.embedding import load_backbone, sweep_backbones
        from medmeta_core.explanation import prepare_grad_cam

        load_backbone().prepare()  # the others when asked for: few ask
        prepare_grad_cam()
        sweep_backbones()
    except Exception:
        logging.getLogger(__name__).exception("The warm-up failed; pages will load what they need.")
    gc.freeze()  # else each rerun pays for a full collection over all modules

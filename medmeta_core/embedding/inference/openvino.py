"""Features by OpenVINO, which nears the processor's peak where torch's eager mode does not.

Only its runtime and its torch front end are used. Its package for telemetry, which reports the
mere import to a server unless told otherwise, is kept from being imported at all: without it
OpenVINO falls back to a stub that does nothing.
"""

import sys
import threading
from functools import cache
from typing import Any

import torch
from torch import Tensor

from medmeta_core.embedding.inference.engine import Engine, Features, traced
from medmeta_core.embedding.network import EmbeddingNetwork

N_STREAMS = 2
"""Inferences side by side, each on one thread: as many as the dashboard has workers."""

HINTS = {"bfloat16": "bf16", "float32": "f32"}


def openvino_engine(network: EmbeddingNetwork, precision: str) -> Engine:
    """The engine of a network on this processor.

    Raises:
        ImportError: OpenVINO is not installed.
        RuntimeError: it cannot run this network.
    """
    compiled = _core().compile_model(
        _converted(network),
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": HINTS[precision],
            "NUM_STREAMS": N_STREAMS,
            "INFERENCE_NUM_THREADS": N_STREAMS,
            "ENABLE_CPU_PINNING": False,  # a pinned thread waits where another process is busy
        },
    )
    per_thread = threading.local()  # a request is for one thread

    def features(pixels: Tensor) -> Tensor:
        if not hasattr(per_thread, "request"):
            per_thread.request = compiled.create_infer_request()
        outputs = per_thread.request.infer([pixels.contiguous().numpy()], share_inputs=True)
        return torch.from_numpy(outputs[0])

    return Engine("openvino", precision, features)


def openvino_has_bfloat16() -> bool:
    """Whether OpenVINO multiplies in bfloat16 natively here.

    Raises:
        ImportError: it is not installed.
    """
    return "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@cache
def _core() -> Any:
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # its import now fails
    import openvino

    return openvino.Core()


def _converted(network: EmbeddingNetwork) -> Any:
    """The network up to its features in OpenVINO's terms."""
    _core()
    from openvino import PartialShape, Type
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    decoder = TorchScriptPythonDecoder(traced(Features(network)))  # must outlive the conversion
    front_end = FrontEndManager().load_by_framework("pytorch")
    loaded = front_end.load(decoder)
    place = loaded.get_inputs()[0]
    side = network.input_side
    loaded.set_element_type(place, Type.f32)
    loaded.set_partial_shape(place, PartialShape([-1, 3, side, side]))
    return front_end.convert(loaded)

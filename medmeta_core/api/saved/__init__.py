"""An adaptation as one file: safetensors with a JSON document in its header, no pickle."""

from medmeta_core.api.saved.adaptation_file import read_adaptation, write_adaptation

__all__ = ["read_adaptation", "write_adaptation"]

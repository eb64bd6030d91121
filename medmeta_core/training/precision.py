"""bfloat16 where the processor multiplies it natively, float32 elsewhere."""

import torch


def has_bfloat16() -> bool:
    """Whether products in bfloat16 are faster than in float32 here."""
    return bool(torch.cpu._is_avx512_bf16_supported())


def lowered() -> torch.autocast:
    """A context in which products run in bfloat16 where the processor has it."""
    return torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16())

"""bfloat16 where the processor multiplies it natively, float32 elsewhere."""

import torch

CPU = torch.device("cpu")


def has_bfloat16(device: torch.device = CPU) -> bool:
    """Whether products in bfloat16 are faster than in float32 here."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported())


def lowered(device: torch.device = CPU, *, enabled: bool = True) -> torch.autocast:
    """A context in which products run in bfloat16 where the processor has it."""
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled and has_bfloat16(device))

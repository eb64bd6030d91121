"""The processes of one training, as `torchrun` starts them; one process alone without it."""

import atexit
import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class ProcessGroup:
    """One process among those that share the work.

    Attributes:
        rank: from 0, which alone writes files and speaks.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """The GPU of this process, or the CPU."""
        if not torch.cuda.is_available():
            return torch.device("cpu")
        local = int(os.environ.get("LOCAL_RANK", 0))
        return torch.device("cuda", local % torch.cuda.device_count())

    def share(self, n: int) -> range:
        """Which of `n` pieces of work are this process's own."""
        return range(self.rank, n, self.size)

    def total(self, tensor: Tensor) -> Tensor:
        """The sum over all processes, put into `tensor`."""
        if self.size > 1:
            dist.all_reduce(tensor)
        return tensor

    def average_gradients(self, module: nn.Module) -> None:
        """Put the mean of all processes' gradients into the `.grad` of every parameter."""
        if self.size == 1:
            return
        moved = [p.grad for p in module.parameters() if p.grad is not None]
        mean = self.total(torch.cat([gradient.flatten() for gradient in moved])) / self.size
        pieces = torch.split(mean, [gradient.numel() for gradient in moved])
        for gradient, piece in zip(moved, pieces, strict=True):
            gradient.copy_(piece.view_as(gradient))

    def average_buffers(self, module: nn.Module) -> None:
        """Give every process the mean of all running statistics of batch normalisation."""
        if self.size == 1:
            return
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm2d) and layer.running_mean is not None:
                for running in (layer.running_mean, layer.running_var):
                    running.copy_(self.total(running.clone()) / self.size)  # type: ignore[union-attr]

    def wait(self) -> None:
        """Go on when all processes are here."""
        if self.size > 1:
            dist.barrier()


ALONE = ProcessGroup()


def joined_ranks() -> ProcessGroup:
    """The processes that `torchrun` started: nccl between GPUs, gloo between CPUs.

    They join once and stay joined: to join again is a race, for torchrun's store still holds the
    addresses of the time before under the same keys.
    """
    if int(os.environ.get("WORLD_SIZE", 1)) == 1:
        return ALONE
    if not dist.is_initialized():
        if torch.cuda.is_available():
            torch.cuda.set_device(ProcessGroup().device)
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        atexit.register(dist.destroy_process_group)
    return ProcessGroup(dist.get_rank(), dist.get_world_size())

"""Several processes that train one model together, by PyTorch's DistributedDataParallel.

`torchrun` starts them. Each takes its share of every batch; the first of them writes the run
directory and does what visitors ask, and tells the others before every step.
"""

import os
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from vae.config import TrainConfig
from vae.errors import RunError
from vae.model import VAE
from vae.training import processes
from vae.training.candidates import Candidates
from vae.training.loss import BatchLoss, batch_loss

GO_ON, STOP, WAIT = 0.0, 1.0, 2.0  # what the others do next


class Told(NamedTuple):
    """What the first process tells the others before a step."""

    what: float
    learning_rate: float  # as set
    beta: float


class Group:
    """The processes, and which of them this is."""

    def __init__(self, where: torch.device) -> None:
        """Join those that torchrun has started.

        Raises:
            RunError: if they do not find each other.
        """
        if where.type == "cuda":
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        try:
            store, rank, size = next(iter(rendezvous("env://")))
            dist.init_process_group(
                "nccl" if where.type == "cuda" else "gloo",
                store=PrefixStore(_attempt(), store),
                rank=rank,
                world_size=size,
            )
        except (RuntimeError, ValueError) as error:
            raise RunError(f"The training processes did not find each other: {error}.") from error
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.device = where

    def share(self, images: Tensor) -> Tensor:
        """This process's part of a batch; of one with fewer images than processes, all of it."""
        return images[self.rank :: self.size] if len(images) >= self.size else images

    def sum(self, figures: Tensor) -> Tensor:
        """The sum of the figures of all processes, in place."""
        dist.all_reduce(figures)
        return figures

    def tell(self, told: Told) -> Told:
        """What the first process tells; the others say nothing."""
        return Told(*self.first(list(told)))

    def first(self, figures: list[float]) -> list[float]:
        """The figures of the first process."""
        told = torch.tensor(figures, dtype=torch.float64, device=self.device)
        dist.broadcast(told, 0)
        return told.tolist()

    def wait(self) -> None:
        """Wait until all are here."""
        dist.barrier()

    def leave(self) -> None:
        """End what was joined."""
        dist.destroy_process_group()


def _attempt() -> str:
    """What tells this start of the processes from the one before.

    torchrun's store outlives them: after a restart it still has the addresses of those that died,
    and whoever reads one before it is written anew waits for nobody. Over several machines each
    counts restarts for itself, so there the count would part them.
    """
    alone = os.environ.get("GROUP_WORLD_SIZE", "1") == "1"
    return f"attempt-{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0') if alone else 0}"


def joined(where: torch.device) -> Group | None:
    """The group that torchrun has started this process for; None for one that is alone."""
    return Group(where) if processes.count() > 1 else None


class ShareLoss(nn.Module):
    """The loss of a share of a batch, as DistributedDataParallel wants it: what forward gives."""

    def __init__(self, model: VAE, candidates: Candidates) -> None:
        super().__init__()
        self.model, self.candidates = model, candidates

    def forward(
        self, config: TrainConfig, images: Tensor, progress: float, generator: torch.Generator
    ) -> BatchLoss:
        """See `loss.batch_loss`."""
        return batch_loss(self.model, config, images, progress, generator, self.candidates)


class Shared:
    """The loss of a batch, computed by all processes of a group, each its share.

    The gradients of the shares are averaged on the way back.
    """

    def __init__(self, group: Group, config: TrainConfig, candidates: Candidates) -> None:
        self.group, self.seed = group, config.seed
        model = candidates.model
        ids = [torch.cuda.current_device()] if model.device.type == "cuda" else None
        self.loss: Any = DistributedDataParallel(ShareLoss(model, candidates), ids)
        self.generator = torch.Generator(model.device)

    def __call__(
        self, config: TrainConfig, images: Tensor, progress: float, step: int
    ) -> BatchLoss:
        """The loss whose gradient is that of the whole batch, and the figures of all of it."""
        part = self.group.share(images)
        # Seeded anew for each step, so that there is no state to be kept of each process.
        seed = (self.seed * 1_000_003 + step) * self.group.size + self.group.rank
        self.generator.manual_seed(seed % 2**63)
        found: BatchLoss = self.loss(config, part, progress, self.generator)
        weight = len(part) / len(images) if len(images) >= self.group.size else 1 / self.group.size
        means = torch.cat([found.loss.detach()[None], found.terms]) * weight
        loss, *terms = self.group.sum(means)
        # The average of the gradients is to be that of this sum; its value is the whole batch's.
        scaled = found.loss * (weight * self.group.size)
        evidence = found.evidence
        if evidence is not None:
            known = evidence.detach().mean()[None] * weight
            evidence = self.group.sum(known).expand(len(images))
        return BatchLoss(scaled + (loss - scaled).detach(), torch.stack(terms), evidence)

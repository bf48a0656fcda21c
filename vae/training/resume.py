"""The state of a training in a file, from which it goes on exactly as if nothing had happened.

    resume.safetensors    weights, optimiser, random states, and where in its life the training is

The same bytes of weights come of it, on one machine with the same number of threads.
"""

import json
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from vae.errors import RunError
from vae.files import write_atomically
from vae.training.trainer import State

NAME = "resume.safetensors"
KEY = "latent_atlas_resume"
FORMAT = 1
LARGEST = 2**30  # bytes


def save(state: State, folder: Path) -> None:
    """Replace the state of a run.

    Raises:
        OSError: if the disk refuses; the state before is still there.
    """
    told = json.dumps({"format": FORMAT, **state.numbers})
    tensors = {name: tensor.contiguous() for name, tensor in state.tensors.items()}
    tensors["random.global"] = torch.get_rng_state()
    write_atomically(folder / NAME, safetensors.torch.save(tensors, {KEY: told}))


def load(folder: Path) -> State | None:
    """The state of a run, or None where it has not come to one yet.

    The random state of PyTorch itself is restored with it.

    Raises:
        RunError: if the file is damaged, or of another version.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise RunError(f"{NAME} of {folder.name} is not a file of ours.")
        with safetensors.safe_open(path, "pt") as file:
            told: dict[str, Any] = json.loads(file.metadata()[KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if told.pop("format") != FORMAT:
            raise RunError(f"{folder.name} was left by another version, which alone can resume it.")
        torch.set_rng_state(tensors.pop("random.global"))
        return State(tensors, told)
    except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{folder.name} cannot be resumed, since {NAME} is damaged: {error}. Its last finished "
            "epoch is kept; start again with its settings."
        ) from error

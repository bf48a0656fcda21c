"""What each part of a model is made of, and which lines of `vae/` do it.

Shapes and the order of layers are taken from a forward pass, files and lines from the functions
themselves, so none of it can differ from what is computed.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pages.ui.explore.protocol import LayerRow, Part, PartName, Source
from vae.config import LATENT
from vae.data import pixels
from vae.model import VAE
from vae.nn.decoders import DECODERS
from vae.nn.encoders import ENCODERS
from vae.nn.posterior import Posterior
from vae.objective import expected, log_prior

ROOT = Path(__file__).parents[4]


@torch.inference_mode()
def describe(model: VAE) -> list[Part]:
    """The parts of a model, in the order in which an image passes through them."""
    model = deepcopy(model)  # others compute with the one that is given, and hooks would hear them
    blank = torch.zeros(1, model.config.side, model.config.side, device=model.device)
    place = torch.zeros(1, LATENT, device=model.device)
    with _watch(model) as encoding:
        model.posterior(blank)
    with _watch(model) as decoding:
        model.logits(place)
    config = model.config
    return [
        _part("input", [], [pixels.observe]),
        _part("encoder", encoding, [_entry(ENCODERS[config.encoder]), type(model.head).forward]),
        _part("cloud", [], [Posterior.at]),
        _part("plane", [], [log_prior]),
        _part("decoder", decoding, [_entry(DECODERS[config.decoder])]),
        _part("output", _likelihood(model), [type(model.likelihood).mean]),
        _part("costs", [], [expected, Posterior.kl_to_prior]),
    ]


def _part(name: PartName, layers: list[LayerRow], does: list[Callable[..., Any]]) -> Part:
    parameters = sum(row["parameters"] for row in layers)
    return {
        "name": name,
        "layers": layers,
        "parameters": parameters,
        "sources": [source(one) for one in does],
    }


def _entry(builder: Callable[..., Any]) -> Callable[..., Any]:
    """What does the work: a class's forward, or the function that puts layers in a row."""
    return getattr(builder, "forward", builder)


def _likelihood(model: VAE) -> list[LayerRow]:
    """A row for what the likelihood has learnt, if anything: it has no layers."""
    learnt = sum(weight.numel() for weight in model.likelihood.parameters())
    kind = type(model.likelihood).__name__
    side = model.config.side
    return [{"name": "likelihood", "kind": kind, "shape": [side, side], "parameters": learnt}]


@contextmanager
def _watch(model: VAE) -> Iterator[list[LayerRow]]:
    """Every layer that is called within the block, in order; called again it has no new weights."""
    rows: list[LayerRow] = []

    def note(name: str, layer: nn.Module, _: Any, answer: Tensor) -> None:
        known = any(row["name"] == name for row in rows)
        rows.append(
            {
                "name": name,
                "kind": type(layer).__name__,
                "shape": list(answer.shape[1:]),
                "parameters": 0 if known else sum(weight.numel() for weight in layer.parameters()),
            }
        )

    hooks = [
        layer.register_forward_hook(partial(note, name))
        for name, layer in model.named_modules()
        if not list(layer.children()) and not name.startswith("likelihood")
    ]
    try:
        yield rows
    finally:
        for hook in hooks:
            hook.remove()


def source(function: Callable[..., Any]) -> Source:
    """Where a function is, and its text without its docstring."""
    lines, line = inspect.getsourcelines(function)
    file = Path(inspect.getsourcefile(function) or "").relative_to(ROOT)
    return {
        "file": file.as_posix(),
        "line": line,
        "name": function.__qualname__,
        "text": _without_docstring(textwrap.dedent("".join(lines))),
    }


def _without_docstring(text: str) -> str:
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)
    lines = text.splitlines()
    first = function.body[0]
    if ast.get_docstring(function) is not None and len(function.body) > 1:
        del lines[first.lineno - 1 : first.end_lineno]
    return "\n".join(line for line in lines if line.strip())

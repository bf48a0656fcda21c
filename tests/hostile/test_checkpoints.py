"""Each checkpoint of a stranger is one model or one sentence, soon, and nothing else."""

import time

import numpy as np
import psutil
import pytest
import torch

from tests.hostile.checkpoints import checkpoints
from vae.codec import decode
from vae.errors import CheckpointError
from vae.store import checkpoint

SOON = 4.0  # seconds
MUTATIONS = 10_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "stranger.safetensors"


def outcome(path, content):
    """What comes of a file: its images of two places, or the sentence that it was refused with."""
    path.write_bytes(content)
    try:
        found = checkpoint.load(path)
    except CheckpointError as error:
        assert len(str(error)) > 30 and "\n" not in str(error) and len(str(error)) < 600
        return str(error)
    return decode(found.model, torch.tensor([[0.0, 0.0], [1.0, -1.0]]))


def test_there_are_enough_kinds(good):
    names = [name for name, _, _ in checkpoints(good)]
    assert len(set(names)) == len(names) >= 60


def test_every_kind_is_a_model_or_a_sentence(good, path, subtests):
    process = psutil.Process()
    outcome(path, good)
    before = process.memory_info().rss
    for name, content, opens in checkpoints(good):
        with subtests.test(name):
            start = time.perf_counter()
            found = outcome(path, content)
            assert time.perf_counter() - start < SOON
            if opens is not None:
                assert isinstance(found, str) != opens, found
        del content
    assert process.memory_info().rss - before < 150e6


@pytest.mark.slow
def test_no_mutation_ends_in_anything_but_a_model_or_a_sentence(good, path):
    generator = np.random.default_rng(0)
    (size,) = np.frombuffer(good[:8], "<u8")
    for _ in range(MUTATIONS):
        content = bytearray(good)
        for _ in range(generator.integers(1, 9)):  # mostly in the header, which decides
            end = 8 + int(size) if generator.random() < 0.8 else len(content)
            content[generator.integers(end)] = generator.integers(256)
        outcome(path, bytes(content))

import numpy as np
import pytest
import torch

from vae.training.curves import MOST, Curves
from vae.training.packed import unpack


def run(steps, gathered=7, start=0, curves=None):
    """Curves of steps whose loss is the number of the step."""
    curves = curves or Curves()
    for step in range(start + 1, steps + 1):
        curves.add(step, torch.tensor([step, 2.0 * step, 1.0]))
        if step % gathered == 0:
            curves.gather()
    return curves


def test_a_short_run_has_a_point_for_each_step():
    found = run(20).gather()
    assert found[:, 0].tolist() == list(range(1, 21))
    assert np.array_equal(found[:, 1], found[:, 0])


@pytest.mark.parametrize("steps", [1000, 1777, 12_345])
def test_of_a_long_one_each_point_is_the_mean_of_as_many_steps(steps):
    curves = run(steps)
    found = curves.gather()
    assert len(found) <= MOST
    assert found[-1, 0] == steps
    whole = found[found[:, 0] % curves.stride == 0]
    assert np.allclose(whole[:, 1], whole[:, 0] - (curves.stride - 1) / 2)
    assert np.allclose(found[:, 2], 2 * found[:, 1])


def test_how_often_they_are_looked_at_changes_nothing():
    ours, theirs = run(5000, 3), run(5000, 4999)
    assert np.allclose(ours.gather(), theirs.gather())


def test_they_are_taken_up_where_they_were_saved():
    whole = run(3000, 10)
    packed = unpack(run(2400, 10).pack({"held": []}))
    curves = Curves()
    curves.restore(packed, 2000)
    run(3000, 10, 2000, curves)
    ours, theirs = curves.gather(), whole.gather()
    assert ours[-1, 0] == 3000
    both = np.isin(ours[:, 0], theirs[:, 0])
    assert both.mean() > 0.9
    assert curves.stride == whole.stride


def test_the_latest_are_told_in_nats_and_not_if_they_are_no_numbers():
    curves = Curves()
    assert curves.latest() is None
    curves.add(1, torch.tensor([120.5, 118.0, 2.5]))
    assert curves.latest() == {"loss": 120.5, "reconstruction": 118.0, "kl": 2.5}
    curves.add(2, torch.tensor([float("nan")] * 3))
    assert curves.latest() is None

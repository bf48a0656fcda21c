import numpy as np
import torch

from vae.extremes import extremes


def test_they_are_the_ends_and_the_middle_of_each_class_sorted_by_numpy():
    generator = torch.Generator().manual_seed(0)
    costs = torch.rand(501, generator=generator)
    labels = torch.randint(0, 10, (501,), generator=generator).to(torch.uint8)
    found = {(one.standing, one.label): one.image for one in extremes(costs, labels)}
    assert len(found) == 30
    for label in range(10):
        here = costs[labels == label].numpy()
        assert costs[found["cheapest", label]] == here.min()
        assert costs[found["dearest", label]] == here.max()
        middle = np.percentile(here, 50, method="lower")
        assert costs[found["median", label]] == middle


def test_a_class_that_is_not_there_has_none_and_a_single_image_is_all_three():
    found = extremes(torch.tensor([3.0]), torch.tensor([7]))
    assert [(one.standing, one.label, one.image) for one in found] == [
        ("cheapest", 7, 0),
        ("median", 7, 0),
        ("dearest", 7, 0),
    ]

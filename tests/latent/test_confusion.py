import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import NearestNeighbors

from vae import library
from vae.latent.confusion import confusion
from vae.store import checkpoint


def judged_by_scikit_learn(means, labels, count):
    """Its own neighbours of each point but the point itself, and its own matrix."""
    voters = NearestNeighbors(n_neighbors=count).fit(means).kneighbors(return_distance=False)
    votes = [np.bincount(labels[row], minlength=10).argmax() for row in voters]
    return confusion_matrix(labels, votes, labels=range(10))


@pytest.mark.parametrize("count", [1, 5, 15])
def test_it_is_what_scikit_learn_finds_on_the_map_of_a_model(count):
    found = checkpoint.load(library.find("mnist"))
    expected = judged_by_scikit_learn(found.encoded.mean.numpy(), found.labels.numpy(), count)
    matrix = confusion(found.encoded.mean, found.labels, count)
    assert matrix is not None
    assert np.array_equal(matrix, expected)


def test_nobody_votes_about_themselves():
    far = torch.tensor([[0.0, 0.0], [0.1, 0.0], [9.0, 0.0]])
    found = confusion(far, torch.tensor([3, 3, 7], dtype=torch.uint8), 1)
    assert found[3, 3] == 2
    assert found[7, 3] == 1  # the one 7 has no 7 beside it
    assert found.sum() == 3


def test_points_in_one_place_are_neighbours_too():
    same = torch.zeros(40, 2)
    labels = torch.tensor([4] * 39 + [9], dtype=torch.uint8)
    found = confusion(same, labels, 5)
    assert found[4].sum() == 39
    assert found[9].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]


def test_few_points_have_few_voters_and_one_has_none():
    two = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    assert confusion(two, torch.tensor([1, 2], dtype=torch.uint8))[1, 2] == 1
    assert confusion(two[:1], torch.tensor([1], dtype=torch.uint8)) is None


def test_the_diagonal_is_about_as_long_as_the_report_card_says():
    """Neighbours there are 50,000 training images, here the other 9,999 test images."""
    found = checkpoint.load(library.find("mnist"))
    matrix = confusion(found.encoded.mean, found.labels)
    assert matrix.trace() / matrix.sum() == pytest.approx(found.metrics["knn"]["5"], abs=0.01)

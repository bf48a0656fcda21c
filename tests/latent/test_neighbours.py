import pytest
import torch

from vae.latent.neighbours import Neighbours


def test_the_neighbours_of_an_encoded_image_vote_as_counted_by_hand(small):
    mean, labels = small.encoded.mean, small.labels
    vote = Neighbours(mean, labels, count=15).vote(mean[:1])[0]
    nearest = (mean - mean[0]).square().sum(1).argsort()[:15]
    counts = labels[nearest].long().bincount(minlength=10)
    assert vote.label == counts.argmax()
    assert vote.share == pytest.approx(counts.max().item() / 15)


def test_fewer_images_than_voters_are_all_asked():
    vote = Neighbours(torch.zeros(3, 2), torch.tensor([1, 1, 7])).vote(torch.zeros(1, 2))[0]
    assert vote == (1, pytest.approx(2 / 3))

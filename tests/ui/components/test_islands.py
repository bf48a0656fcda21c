import numpy as np
import pytest
import torch
from sklearn.cluster import DBSCAN
from sklearn.neighbors import NearestNeighbors

from pages.ui import resources
from pages.ui.components.latent_map.islands import class_islands
from vae import library
from vae.latent.extent import Extent

COMMITTED = sorted(path.stem for path in library.COMMITTED.glob("*.safetensors"))
EXTENT = Extent((-3.5, 3.5), (-3.5, 3.5))


def islands_of(label, points, labels):
    """Clusters of the test digits that have most of their neighbours in common, by DBSCAN."""
    near = NearestNeighbors(n_neighbors=15).fit(points).kneighbors(points, return_distance=False)
    at_home = (labels == label) & ((labels[near] == label).mean(1) > 0.5)
    found = DBSCAN(eps=0.2, min_samples=12).fit_predict(points[at_home])
    clusters = [points[at_home][found == number] for number in range(found.max() + 1)]
    return [cluster for cluster in clusters if len(cluster) >= 0.1 * (labels == label).sum()]


@pytest.mark.parametrize("name", COMMITTED)
def test_every_large_island_has_a_label_inside(name):
    loaded = resources.load(name)
    points, labels = loaded.checkpoint.encoded.mean.numpy(), loaded.checkpoint.labels.numpy()
    for label, places in enumerate(class_islands(*tensors(points, labels), loaded.extent)):
        for island in islands_of(label, points, labels):
            distances = np.linalg.norm(island[:, None] - np.array(places), axis=2)  # (K, places)
            around = (distances < 0.3).mean(0)
            assert around.max() >= 0.05, (label, island.mean(0), places)


@pytest.mark.parametrize("name", COMMITTED)
def test_a_label_stands_where_its_class_prevails_and_apart_from_the_hand(name):
    loaded = resources.load(name)
    points, labels = loaded.checkpoint.encoded.mean.numpy(), loaded.checkpoint.labels.numpy()
    for label, places in enumerate(class_islands(*tensors(points, labels), loaded.extent)):
        assert places
        for place in places:
            nearest = np.argsort(np.linalg.norm(points - place, axis=1))[:30]
            votes = np.bincount(labels[nearest], minlength=10)
            assert votes[label] >= 0.5 * votes.max(), (label, place, votes)
            assert np.hypot(*place) > 0.2


def test_a_label_stands_in_the_middle_of_a_wide_island_not_on_its_densest_shore():
    random = np.random.default_rng(0)
    wide = [1.5, 1.0] + 0.5 * random.normal(size=(900, 2))
    heap = [0.7, 1.0] + 0.05 * random.normal(size=(200, 2))
    points = np.concatenate([wide, heap])
    (place,) = class_islands(*tensors(points, np.full(1100, 3)), EXTENT)[3]
    assert place == pytest.approx((1.5, 1.0), abs=0.25)


def test_islands_are_found_where_they_were_put_and_the_largest_comes_first():
    random = np.random.default_rng(0)
    sizes, middles = (300, 600, 30), [[-1.5, 0.0], [1.0, 1.0], [0.0, -2.0]]
    points = np.concatenate(
        [
            middle + 0.1 * random.normal(size=(size, 2))
            for size, middle in zip(sizes, middles, strict=True)
        ]
    )
    found = class_islands(*tensors(points, np.full(930, 3)), EXTENT)
    assert [len(places) for places in found] == [0, 0, 0, 2, 0, 0, 0, 0, 0, 0]
    assert found[3][0] == pytest.approx(middles[1], abs=0.15)
    assert found[3][1] == pytest.approx(middles[0], abs=0.15)


def test_two_islands_that_a_neck_joins_have_a_label_each():
    random = np.random.default_rng(0)
    discs = [[x, 1.0] + 0.3 * random.normal(size=(500, 2)) for x in (-1.2, 1.2)]
    neck = np.stack([np.linspace(-1, 1, 60), np.full(60, 1.0)], 1)
    found = class_islands(*tensors(np.concatenate([*discs, neck]), np.full(1060, 7)), EXTENT)
    assert sorted(x for x, _ in found[7]) == pytest.approx([-1.2, 1.2], abs=0.2)


def tensors(points, labels):
    return torch.from_numpy(points.astype("f4")), torch.from_numpy(labels)

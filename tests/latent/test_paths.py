from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from vae.config import ModelConfig
from vae.latent.extent import around
from vae.latent.paths import FINE, Terrain, geodesic, straight
from vae.model import VAE


def surface(embed) -> Any:
    """A model whose image of z is given by a function (N, 2) -> (N, pixels) into 0..1."""
    likelihood = SimpleNamespace(mean=lambda logits: logits)
    return SimpleNamespace(device="cpu", logits=lambda z: embed(z)[:, None], likelihood=likelihood)


def terrain(embed, x, y):
    grid = torch.from_numpy(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    images = embed(grid).mul(255).round().to(torch.uint8).numpy()
    return Terrain(x, y, images.reshape(len(y), len(x), -1))


def sphere(z):
    """Longitude and latitude onto a sphere of radius ½."""
    longitude, latitude = z.T
    across = latitude.cos()
    xyz = [across * longitude.cos(), across * longitude.sin(), latitude.sin()]
    return 0.5 + 0.5 * torch.stack(xyz, 1)


def great_circle(a, b):
    ends = sphere(torch.stack([a, b]).double()) - 0.5
    return 0.5 * torch.arccos(4 * ends[0] @ ends[1]).item()


def cone(z):
    """Polar coordinates of a paper cone: r up to 2, half of a full turn for each turn of z2."""
    radius, angle = z.T
    slope = 0.25 * radius
    return 0.5 + torch.stack(
        [
            0.5 * slope * (2 * angle).cos(),
            0.5 * slope * (2 * angle).sin(),
            3**0.5 / 2 * slope - 0.5,
        ],
        1,
    )


def linear(z):
    return 0.5 + z @ torch.tensor([[0.1, 0.02, 0.0, -0.03], [-0.04, 0.1, 0.05, 0.0]])


LINES = np.linspace(-1.3, 1.3, 49, dtype=np.float32)
UNEVEN = np.sinh(np.linspace(-1.2, 1.2, 49)).astype(np.float32)


def polyline(line):
    return np.linalg.norm(np.diff(np.asarray(line), axis=0), axis=1).sum()


@pytest.mark.parametrize(
    ("a", "b"), [((-1.0, -1.1), (1.2, 0.7)), ((0.0, 1.0), (0.3, -1.0)), ((0.1, 0.2), (0.1, 0.9))]
)
def test_where_the_image_is_linear_geodesics_are_straight(a, b):
    a, b, model = torch.tensor(a), torch.tensor(b), surface(linear)
    expected = (linear(b[None]) - linear(a[None])).norm().item()
    found = geodesic(model, terrain(linear, UNEVEN, UNEVEN), a, b, 17)
    assert straight(model, a, b, 17).length == pytest.approx(expected, rel=1e-4)
    assert found.length == pytest.approx(expected, rel=1e-4)
    even = a + torch.linspace(0, 1, 17)[:, None] * (b - a)
    assert torch.allclose(found.places, even, atol=0.01)


@pytest.mark.parametrize(
    ("a", "b"), [((-1.2, 0.9), (1.2, 0.9)), ((-1.0, -1.0), (1.1, 0.4)), ((-1.2, 0.0), (1.2, 0.0))]
)
def test_on_a_sphere_geodesics_are_great_circles(a, b):
    a, b, model = torch.tensor(a), torch.tensor(b), surface(sphere)
    found = geodesic(model, terrain(sphere, LINES, LINES), a, b, 33)
    assert found.length == pytest.approx(great_circle(a, b), rel=1e-3)
    on_sphere = (sphere(found.places.double()) - 0.5).numpy()
    across = np.cross(on_sphere[0], on_sphere[-1])
    off = on_sphere @ across / np.linalg.norm(across)  # the plane of the circle
    assert np.abs(off).max() < 2e-3


def test_the_graph_alone_is_within_a_few_per_cent_on_a_sphere():
    land = terrain(sphere, LINES, LINES)
    for a, b in ([(-1.2, 0.9), (1.2, 0.9)], [(-1.0, -1.0), (1.1, 0.4)], [(0.0, -1.0), (0.2, 1.0)]):
        line = torch.from_numpy(land.shortest(a, b)).double()
        pieces = [line[:-1] + part * line.diff(dim=0) for part in np.arange(20) / 20]
        dense = torch.cat([torch.stack(pieces, 1).flatten(0, 1), line[-1:]])
        expected = great_circle(torch.tensor(a), torch.tensor(b))
        assert expected * 0.999 < polyline(sphere(dense)) < expected * 1.04


def test_on_a_cone_the_way_is_the_straight_line_on_the_flattened_paper():
    x, y = np.linspace(0.3, 2, 64, dtype=np.float32), np.linspace(-1.2, 1.2, 64, dtype=np.float32)
    a, b = torch.tensor([1.8, -1.0]), torch.tensor([1.8, 1.0])
    # A radius is 0.25 r long on the paper, and one radian of z2 is one on the paper as well.
    expected = 2 * 0.25 * 1.8 * np.sin(1.0)
    found = geodesic(surface(cone), terrain(cone, x, y), a, b, 33)
    assert found.length == pytest.approx(expected, rel=1e-3)
    assert found.places[16, 0].item() == pytest.approx(1.8 * np.cos(1.0), rel=0.005)
    assert straight(surface(cone), a, b, 33).length == pytest.approx(2 * 0.25 * 1.8, rel=1e-3)


def test_where_nothing_changes_the_way_is_the_shorter_one_on_the_plane():
    def blank(z):
        return torch.zeros(len(z), 4) + 0 * z.sum()

    land = terrain(blank, UNEVEN, UNEVEN)
    a, b = torch.tensor([-1.0, 0.0]), torch.tensor([1.0, 0.5])
    assert polyline(land.shortest(a, b)) < 1.04 * (b - a).norm()
    found = geodesic(surface(blank), land, a, b, 5)
    assert found.length == 0
    assert torch.allclose(found.places, straight(surface(blank), a, b, 5).places, atol=1e-6)


@pytest.fixture
def land(small):
    return Terrain.of(small.model, around(small.encoded.mean), size=48)


@pytest.fixture
def ends():
    """Places that are some way apart."""
    places = torch.tensor([[-2.0, 1.2], [2.0, -1.0], [0.1, -2.2], [-0.3, 2.1]])
    return [(places[0], places[1]), (places[2], places[3]), (places[1], places[3])]


def measured(model, line):
    """The length of a path through its places."""
    with torch.no_grad():
        images = model.logits(line).double().sigmoid().flatten(1)
    return images.diff(dim=0).norm(dim=1).sum().item()


def test_on_a_real_model_the_way_is_never_longer_than_straight(small, land, ends):
    for a, b in ends:
        found = geodesic(small.model, land, a, b, 9)
        assert found.length <= straight(small.model, a, b, 9).length


def test_in_a_rugged_land_the_way_is_shorter_than_straight(ends):
    torch.manual_seed(0)
    waves = {"frequencies": 8, "lowest_frequency": 0.5, "highest_frequency": 2.0}
    model = VAE(ModelConfig(decoder="residual", decoder_widths=(32, 32), **waves)).eval()
    with torch.no_grad():
        model.decoder.out.weight.mul_(3)
    land = Terrain.of(model, around(torch.stack(ends[0])), size=48)
    for a, b in ends:
        found = geodesic(model, land, a, b, FINE)
        assert found.length < straight(model, a, b, 9).length
        assert measured(model, found.places) < straight(model, a, b, 9).length


def test_lengths_are_those_of_the_decoded_images_along_the_way(small, land, ends):
    a, b = ends[0]
    line, found = straight(small.model, a, b, FINE), geodesic(small.model, land, a, b, FINE)
    assert measured(small.model, line.places) == pytest.approx(line.length, rel=1e-3)
    assert measured(small.model, found.places) == pytest.approx(found.length, rel=0.01)


def test_a_finer_measure_says_the_same(small, ends, monkeypatch):
    before = [straight(small.model, a, b, 2).length for a, b in ends]
    monkeypatch.setattr("vae.latent.paths.FINE", 4 * FINE)
    after = [straight(small.model, a, b, 2).length for a, b in ends]
    assert after == pytest.approx(before, rel=0.01)


def test_steps_along_the_way_change_the_image_by_as_much(small, land, ends):
    places = geodesic(small.model, land, *ends[0], 200).places
    with torch.no_grad():
        steps = small.model.logits(places).sigmoid().flatten(1).diff(dim=0).norm(dim=1)
    assert (steps / steps.mean()).max() < 1.1
    assert (steps / steps.mean()).min() > 0.8


def test_the_ends_are_exactly_the_places_asked_for(small, land, ends):
    for a, b in [*ends, (torch.tensor([-9.0, 0.3]), torch.tensor([0.1, 12.0]))]:
        line = land.shortest(a, b)
        assert np.array_equal(line[[0, -1]], torch.stack([a, b]))
        for path in (straight(small.model, a, b, 9), geodesic(small.model, land, a, b, 9)):
            assert path.places.shape == (9, 2)
            assert torch.equal(path.places[[0, -1]], torch.stack([a, b]))


def test_the_way_back_is_as_long(small, land, ends):
    for a, b in ends:
        there, back = geodesic(small.model, land, a, b, 9), geodesic(small.model, land, b, a, 9)
        assert there.length == pytest.approx(back.length, rel=0.01)


def test_a_place_is_no_way_from_itself(small, land):
    here = torch.tensor([0.3, -0.2])
    assert land.shortest(here, here).shape == (2, 2)
    for path in (straight(small.model, here, here, 5), geodesic(small.model, land, here, here, 5)):
        assert path.length == pytest.approx(0, abs=1e-4)
        assert torch.equal(path.places, here.expand(5, 2))


def test_places_are_evenly_spaced_on_a_straight_line(small):
    a, b = torch.tensor([-1.0, 0.5]), torch.tensor([2.0, -0.5])
    expected = np.linspace(a.numpy(), b.numpy(), 7)
    assert np.allclose(straight(small.model, a, b, 7).places, expected, atol=1e-6)

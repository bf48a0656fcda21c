import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from vae.latent import overlays
from vae.latent.extent import around, crossings
from vae.latent.fields import stretch, uncertainty
from vae.latent.neighbours import Neighbours


@pytest.fixture
def extent(small):
    return around(small.encoded.mean)


@pytest.mark.parametrize(("name", "measure"), [("uncertainty", uncertainty), ("stretch", stretch)])
def test_a_field_has_at_each_crossing_what_one_place_has(small, extent, name, measure):
    field = overlays.field(name, small.model, small.encoded.mean, extent, size=20)
    assert field.values.shape == (20, 20)
    for row, column in ((0, 0), (3, 17), (19, 5)):
        place = torch.tensor([[field.x[column], field.y[row]]])
        assert field.values[row, column] == pytest.approx(
            measure(small.model, place).item(), rel=1e-4
        )


def test_a_field_reaches_as_far_as_the_map_and_is_shaded_between_its_hundredths(small, extent):
    field = overlays.field("uncertainty", small.model, small.encoded.mean, extent, size=40)
    assert (field.x[0], field.x[-1]) == pytest.approx(extent.x)
    assert (field.y[0], field.y[-1]) == pytest.approx(extent.y)
    inside = ((field.values >= field.low) & (field.values <= field.high)).mean()
    assert inside == pytest.approx(0.98, abs=0.005)


def test_the_region_of_a_place_is_what_scikit_learn_predicts_there(small, extent):
    mean, labels = small.encoded.mean, small.labels
    found = overlays.regions(Neighbours(mean, labels), mean, extent, size=16)
    judge = KNeighborsClassifier(15).fit(mean.numpy(), labels.numpy())
    places = crossings(found.x, found.y).numpy()
    assert np.array_equal(found.classes.ravel(), judge.predict(places))
    assert np.allclose(found.shares.ravel(), judge.predict_proba(places).max(1))
    assert found.purity == pytest.approx(judge.predict_proba(mean.numpy()).max(1).mean())

import pytest
import torch

from pages.ui.charts import latent_scatter


def test_a_step_along_one_axis_of_the_plane_is_as_long_as_along_the_other():
    narrow = torch.randn(4000, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([1, 9])
    layout = latent_scatter(narrow, torch.arange(4000) % 10).layout
    (left, right), (bottom, top) = layout.xaxis.range, layout.yaxis.range
    assert layout.yaxis.scaleanchor == "x"
    assert right - left == pytest.approx(top - bottom)
    inside = (narrow > torch.tensor([left, bottom])) & (narrow < torch.tensor([right, top]))
    assert inside.all(1).float().mean() > 0.995


def test_the_rings_are_those_of_the_live_map():
    layout = latent_scatter(torch.zeros(20, 2), torch.arange(20) % 10).layout
    radii = [(ring.x1 - ring.x0) / 2 for ring in layout.shapes]
    inside = [1 - float(torch.exp(torch.tensor(-0.5 * radius**2))) for radius in radii]
    assert inside == pytest.approx([0.5, 0.9, 0.99], abs=1e-6)

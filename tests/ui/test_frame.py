import torch

from pages.ui.charts import latent_scatter
from vae.latent.neighbours import article


def test_eight_is_the_digit_that_begins_with_a_vowel():
    assert [label for label in range(10) if article(label) == "an"] == [8]


def test_the_points_of_the_plane_are_named_with_their_article():
    figure = latent_scatter(torch.randn(20, 2), torch.arange(20) % 10)
    assert figure.data[8].hovertemplate.startswith("an 8 at ")
    assert figure.data[7].hovertemplate.startswith("a 7 at ")

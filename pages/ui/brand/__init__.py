"""What the project is called and says of itself: in pages' frames, tabs and link previews."""

from base64 import b64encode
from pathlib import Path

HERE = Path(__file__).parent
NAME = "Latent Atlas"
WHAT = "a variational autoencoder on one map"
ICON = HERE / "icon.svg"
PREVIEW = HERE / "preview.png"  # 1200×630, taken by `python -m benchmarks.pictures`
# What each page is for, in a sentence for who has never met a VAE.
SENTENCES = {
    "Explore": "Every place on this map is a digit the model can draw. Drag.",
    "Your digit": "Draw a digit, and see where on the map it lands and what comes back.",
    "Train": "Train a model of your own and watch its map unfold.",
    "Report card": "How good this model is, in pictures and figures.",
}
DESCRIPTION = (
    "A variational autoencoder (VAE) whose latent space has two dimensions, so that the whole "
    "model fits on one map. Drag, draw a digit of your own, and see what the model makes of it."
)
CREDIT = (
    'Digits: [MNIST](https://creativecommons.org/licenses/by-sa/3.0/ "Creative Commons '
    'Attribution-Share Alike 3.0") by Yann LeCun, Corinna Cortes and Christopher Burges.'
)


def icon_address() -> str:
    """The icon as an address that has it inside."""
    return "data:image/svg+xml;base64," + b64encode(ICON.read_bytes()).decode()

"""Models side by side: how well each explains digits, and how well its map tells them apart."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from vae import library
from vae.config import Config
from vae.errors import CheckpointError
from vae.evaluate import unit
from vae.store import checkpoint


class Scored(NamedTuple):
    """A model and the figures that place it among others; none where it was not scored."""

    name: str
    title: str  # what it is called to people
    pixels: tuple[str, int, str]  # unit, side and data set: likelihoods compare where all are alike
    elbo: float  # nats per image
    exact: float | None  # log p(x), nats per image
    accuracy: float | None  # by the nearest 5 on the plane, 0..1

    @property
    def dataset(self) -> str:
        """The data set whose test images judged it: accuracies compare where that is the same."""
        return self.pixels[2]

    @property
    def gap(self) -> float | None:
        """Nats that the bound lacks because the encoder only guesses."""
        return None if self.exact is None else self.exact - self.elbo


def score(name: str, config: Config, metrics: dict[str, Any]) -> Scored:
    """A model by the report card in its checkpoint."""
    pixels = unit(config.model), config.model.side, config.train.dataset
    accuracy = metrics["knn"]["5"] if "knn" in metrics else None
    exact = metrics.get("exact_log_likelihood")
    return Scored(name, library.tell(name).title, pixels, metrics["elbo"], exact, accuracy)


def committed() -> list[Scored]:
    """The committed models, of whose files only the headers are read; none that is damaged."""
    found: list[Scored] = []
    for name, path in library.checkpoints().items():
        if path.parent != library.COMMITTED:
            continue
        with suppress(CheckpointError):
            told = checkpoint.describe(path)
            found.append(score(name, told.config, told.metrics))
    return found


def comparable(one: Scored, others: Iterable[Scored]) -> list[Scored]:
    """Those among others whose likelihoods compare with those of one."""
    return [other for other in others if other.pixels == one.pixels]


def rank(value: float, others: Iterable[float | None]) -> int:
    """Which place a figure takes among others, of which more is better; 1 is the best."""
    return 1 + sum(other is not None and other > value for other in others)

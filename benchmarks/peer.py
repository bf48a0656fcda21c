"""The same training by pythae, the library that people reach for.

    pip install --no-deps pythae cloudpickle imageio && pip install pydantic tqdm
    python -m benchmarks.peer -150      # trains our plain model until its test ELBO is that good

It is not among our requirements: without it the benchmark says so and goes on.

Source: Chadebec, Vincent & Allassonnière 2022, "Pythae", arXiv:2206.08309.
"""

import importlib
import importlib.util
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from vae.config import Config
from vae.data import sets
from vae.data.pixels import to_floats
from vae.model import VAE


def installed() -> bool:
    """Whether pythae can be measured here."""
    return importlib.util.find_spec("pythae") is not None


def _pythae(part: str) -> Any:
    return importlib.import_module(f"pythae.{part}")


class _Stop(Exception):  # noqa: N818  what ends pythae's trainer early is not an error
    """Enough epochs."""


def train(config: Config, epochs: int, until: float = 0.0) -> Iterator[tuple[float, float]]:
    """Train our architecture with pythae's model, loss and trainer.

    Args:
        config: its model, batch size and learning rate are taken.
        epochs: how many at most.
        until: stop when the test ELBO is above this, in nats.

    Yields:
        Seconds of each epoch, its evaluation included, and the test loss.
    """
    models, trainers = _pythae("models"), _pythae("trainers")
    dataset = _pythae("data.datasets").BaseDataset
    callback = _pythae("trainers.training_callbacks").TrainingCallback
    logging.disable(logging.INFO)
    torch.manual_seed(config.train.seed)
    encoder, decoder = _wrapped(config)
    shape = models.VAEConfig(input_dim=(1, 28, 28), latent_dim=2, reconstruction_loss="bce")
    peer = models.VAE(shape, encoder, decoder)
    mnist = sets.load("mnist")
    train_set, test_set = (
        dataset(to_floats(split.images)[:, None], split.labels)
        for split in (mnist.train, mnist.test)
    )
    seen: list[tuple[float, float]] = []

    class Watch(callback):
        start = time.perf_counter()

        def on_log(self, training_config: Any, logs: dict[str, float], **_: Any) -> None:
            now = time.perf_counter()
            seen.append((now - self.start, logs["eval_epoch_loss"]))
            self.start = now
            if until and -logs["eval_epoch_loss"] > until:
                raise _Stop

    with tempfile.TemporaryDirectory() as folder:
        trainer = trainers.BaseTrainer(
            model=peer,
            train_dataset=train_set,
            eval_dataset=test_set,
            training_config=trainers.BaseTrainerConfig(
                output_dir=folder,
                num_epochs=epochs,
                seed=config.train.seed,
                learning_rate=config.train.learning_rate,
                per_device_train_batch_size=config.train.batch_size,
                per_device_eval_batch_size=1000,
                no_cuda=not torch.cuda.is_available(),
            ),
            callbacks=[Watch()],
        )
        try:
            Watch.start = time.perf_counter()
            trainer.train()
        except _Stop:
            pass
    yield from seen


def _wrapped(config: Config) -> tuple[Any, Any]:
    """Our encoder and decoder as pythae wants them."""
    output = _pythae("models.base.base_utils").ModelOutput
    networks = _pythae("models.nn")
    ours = VAE(config.model)

    class Encoder(networks.BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers, self.head = ours.encoder, ours.head

        def forward(self, x: Tensor) -> Any:
            posterior = self.head(self.layers(x[:, 0]))
            return output(embedding=posterior.mean, log_covariance=posterior.log_var)

    class Decoder(networks.BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers: nn.Module = ours.decoder

        def forward(self, z: Tensor) -> Any:
            return output(reconstruction=self.layers(z).sigmoid()[:, None])

    return Encoder(), Decoder()


if __name__ == "__main__":
    goal, started = float(sys.argv[1]), time.perf_counter()
    rows = list(train(Config(), 100, until=goal))
    print(json.dumps({"epochs": len(rows), "seconds": time.perf_counter() - started}))

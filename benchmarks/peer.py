"""The same training by pythae, the library that people reach for.

    pip install --no-deps pythae cloudpickle imageio && pip install pydantic tqdm
    python -m benchmarks.peer SEED FOLDER   # trains the network of our recipe plain, 100 epochs

It is not among our requirements: without it the benchmark says so and goes on.

Source: Chadebec, Vincent & Allassonnière 2022, "Pythae", arXiv:2206.08309.
"""

import importlib
import importlib.util
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import contender
from vae.config import Config
from vae.data import sets
from vae.data.pixels import to_floats
from vae.model import VAE
from vae.recipes import recipe


def installed() -> bool:
    """Whether pythae can be measured here."""
    return importlib.util.find_spec("pythae") is not None


def _pythae(part: str) -> Any:
    return importlib.import_module(f"pythae.{part}")


# How the example in its README trains.
OWN: dict[str, Any] = {
    "learning_rate": 1e-3,
    "per_device_train_batch_size": 200,
    "per_device_eval_batch_size": 200,
    "optimizer_cls": "AdamW",
    "optimizer_params": {"weight_decay": 0.05, "betas": (0.91, 0.995)},
    "scheduler_cls": "ReduceLROnPlateau",
    "scheduler_params": {"patience": 5, "factor": 0.5},
}


def train(
    config: Config,
    epochs: int,
    after: contender.After = contender.nothing,
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[tuple[float, float]]:
    """Train our architecture with pythae's model, loss and trainer.

    Args:
        config: its model, batch size and learning rate are taken.
        epochs: how many.
        settings: of pythae's trainer, in the place of ours.

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
            after(peer, logs["eval_epoch_loss"])
            self.start = time.perf_counter()

    how = {
        "learning_rate": config.train.learning_rate,
        "per_device_train_batch_size": config.train.batch_size,
        "per_device_eval_batch_size": 1000,
        **settings,
    }
    with tempfile.TemporaryDirectory() as folder:
        trainer = trainers.BaseTrainer(
            model=peer,
            train_dataset=train_set,
            eval_dataset=test_set,
            training_config=trainers.BaseTrainerConfig(
                output_dir=folder,
                num_epochs=epochs,
                seed=config.train.seed,
                no_cuda=not torch.cuda.is_available(),
                **how,
            ),
            callbacks=[Watch()],
        )
        Watch.start = time.perf_counter()
        trainer.train()
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


def main(words: list[str]) -> None:
    """Train until somebody ends this process."""
    config = recipe("plain")
    config = replace(config, train=replace(config.train, seed=int(words[0])))
    list(train(config, 100, contender.keeping(Path(words[1])), OWN))


if __name__ == "__main__":
    main(sys.argv[1:])

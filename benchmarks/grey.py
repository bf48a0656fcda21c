"""What the encoder makes of a grey picture, where it has learnt binarised ones.

    python -m benchmarks.grey

The expected negative ELBO of test digits, in nats, and the distance from the mean of the posterior
to the mode of the true one, where the encoder is shown one draw of the pixels, the grey levels
themselves, or the draws of sixteen of which the bound is best.
"""

import torch

from vae import library
from vae.data import sets
from vae.data.pixels import binarise, observe, observe_set
from vae.exact import refine
from vae.nn.posterior import Posterior
from vae.objective import expected
from vae.store import checkpoint

COUNT, DRAWS = 500, 16


@torch.inference_mode()
def main() -> None:
    """Measure and print."""
    images = sets.load_test("mnist").images[:COUNT]
    generator = torch.Generator().manual_seed(0)
    for name, path in library.checkpoints().items():
        found = checkpoint.load(path)
        model = found.model
        if found.config.train.dataset != "mnist" or model.config.pixels != "binarised":
            continue
        grey = observe(images, model.config)
        drawn = [model.posterior(binarise(grey, generator)) for _ in range(DRAWS)]
        elbos = torch.stack([expected(model, grey, posterior=one).elbo for one in drawn])
        best, rows = elbos.argmax(0), torch.arange(COUNT)
        true = refine(model, grey, 0.1)[0]
        print(f"{name}: integrated, {true.log_evidence.mean():.2f} nats")
        for how, posterior in {
            "one draw": model.posterior(observe_set(images, model.config)),
            "grey levels": model.posterior(grey),
            f"best of {DRAWS} draws": Posterior(
                *(torch.stack(list(part))[best, rows] for part in zip(*drawn, strict=True))
            ),
        }.items():
            elbo = expected(model, grey, posterior=posterior).elbo.mean()
            apart = (posterior.mean - true.mode).norm(dim=1)
            print(
                f"  {how:<18} bound {elbo:8.2f}; to the mode {apart.median():.3f}, "
                f"a tenth beyond {apart.quantile(0.9):.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

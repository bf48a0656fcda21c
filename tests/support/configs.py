"""Configurations that train in seconds."""

from vae.config import Config, ModelConfig, TrainConfig

SMALL = ModelConfig(encoder_widths=(32,), decoder_widths=(24,))
QUICK = Config(SMALL, TrainConfig(dataset="digits", epochs=3, device="cpu", precision="fp32"))

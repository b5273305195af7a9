"""Small models as people write them down: name -> equations and cost. tests/test_layers_models.py checks each."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
GAN = (ROOT / "generated/generative-adversarial-network/model.eq").read_text(encoding="utf-8")
VAE = (ROOT / "generated/variational-autoencoder/model.eq").read_text(encoding="utf-8")

MODELS: dict[str, tuple[str, str | None]] = {
    "variational-autoencoder": (VAE, None), "discriminator": (GAN, "D"), "generator": (GAN, "G"),
    **{path.stem: (path.read_text(encoding="utf-8"), None) for path in sorted((ROOT / "docs/models").glob("*.eq"))},
}

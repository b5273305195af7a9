"""Small models as people write them down: name -> equations and cost. tests/test_layers_models.py checks each."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
GAN = (ROOT / "generated/generative-adversarial-network/model.eq").read_text(encoding="utf-8")
VAE = (ROOT / "generated/variational-autoencoder/model.eq").read_text(encoding="utf-8")

LOOP = """
data x[t: 1..3, k: 2], y
parameter w[j: 3, i: 3], u[j: 3, k: 2], o[j: 3]
time t = 1..3
index j = 3
h[0,j] = 0
for t:
    h[t,j] = tanh(sum(w[j,i]*h[t-1,i], i) + sum(u[j,k]*x[t,k], k))
C = (sum(o[j]*h[3,j], j) - y)^2
"""

MODELS: dict[str, tuple[str, str | None]] = {
    "variational-autoencoder": (VAE, None), "discriminator": (GAN, "D"), "generator": (GAN, "G"), "loop": (LOOP, None),
    **{path.stem: (path.read_text(encoding="utf-8"), None) for path in sorted((ROOT / "docs/models").glob("*.eq"))},
}

"""What letters usually are, where nobody says otherwise: indices, kinds of marks, functions, costs, sizes."""

from __future__ import annotations

from derive.claims.terms import Kind

INDEX_LETTERS = frozenset("i j k l m n p q r s t u v c d tau ell alpha beta mu nu".split())
USUAL_KINDS: dict[str, Kind] = {"l": "layer", "ell": "layer", "t": "time", "tau": "time"}
USUAL_FUNCTIONS = frozenset(
    "sigma f g h phi varphi psi ell l s F G Phi rho varrho act activation varsigma c A B".split())
KNOWN_FUNCTIONS = frozenset("sigmoid softmax relu ReLU tanh exp log softplus sign sgn gelu silu elu".split())
RATES = frozenset(("eta", "alpha"))
"""Learning rates: what an update may bring in without a word."""
COSTS = frozenset(font + letter for font in ("", "cal ") for letter in ("J", "L", "C", "E", "ell", "loss", "S", "Q"))
LIKELIHOODS = frozenset(("ell", "cal L"))
"""Costs for some, likelihoods for others, who go up the gradient."""
USUAL_SIZES: dict[Kind, tuple[str, ...]] = {"layer": ("L",), "time": ("T",), "example": ("m", "N", "n")}
GREEK = frozenset("alpha beta gamma delta epsilon varepsilon eta lambda mu nu rho theta tau kappa omega zeta".split())
CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ") | {"Phi", "Theta", "Sigma", "Lambda", "Omega", "Psi", "Gamma"}
SCALARS = frozenset("alpha beta gamma epsilon varepsilon eta lambda mu nu rho tau kappa".split())
"""Greek letters that nobody uses for a matrix."""
COUNTS = frozenset("mnNMB")
"""What a sum is divided by where it is a mean."""

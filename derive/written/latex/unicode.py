"""Formulas typed with the keyboard's own signs: each character as the LaTeX it stands for.

    δˡ = Wᵀδ ⊙ σ′(z)    is read as    \\delta^{l} = W^{T}\\delta \\odot \\sigma'(z)
"""

from __future__ import annotations

import unicodedata

SIGNS = {
    "∂": "\\partial", "∇": "\\nabla", "⊙": "\\odot", "∘": "\\circ", "◦": "\\circ", "⊗": "\\otimes", "·": "\\cdot",
    "⋅": "\\cdot", "∙": "\\cdot", "•": "\\cdot", "×": "\\times", "∗": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-",
    "–": "-", "﹣": "-", "＋": "+", "＝": "=", "≤": "\\le", "⩽": "\\le", "≥": "\\ge", "⩾": "\\ge", "≠": "\\ne",
    "≈": "\\approx", "≡": "\\equiv", "≔": "\\coloneqq", "≜": "\\triangleq", "∝": "\\propto", "∈": "\\in", "→": "\\to",
    "←": "\\gets", "↦": "\\to", "∑": "\\sum", "∏": "\\prod", "√": "\\sqrt", "∞": "\\infty", "ℓ": "\\ell", "…": "\\dots",
    "⋯": "\\dots", "′": "'", "’": "'", "‖": "\\|", "∥": "\\|", "∣": "|", "⟨": "\\langle", "⟩": "\\rangle", "⊤": "\\top",
    "⊺": "\\intercal", "ϵ": "\\epsilon", "ε": "\\varepsilon", "ϕ": "\\phi", "φ": "\\varphi", "ϑ": "\\vartheta",
    "ς": "\\varsigma", "µ": "\\mu", "ϱ": "\\varrho", "ℒ": "\\mathcal{L}", "ℝ": "\\mathbb{R}", "ℓ\ufe0e": "\\ell",
    "𝟙": "\\mathbb{1}", "𝟏": "\\mathbf{1}", "ı": "i", "ȷ": "j", "∆": "\\Delta", "Ω": "\\Omega", "⋆": "*",
    "½": "\\frac{1}{2}", "¼": "\\frac{1}{4}", "¾": "\\frac{3}{4}", "″": "''", "ℕ": "\\mathbb{N}", "∅": "\\emptyset",
}
GREEK = {chr(0x3B1 + i): name for i, name in enumerate(
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau "
    "upsilon varphi chi psi omega".split())} | {
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi",
    "Ω": "Omega", "Υ": "Upsilon"}
ABOVE = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾⁼ᵀᵗˡⁿⁱʲᵏᵐᴸ", "0123456789+-()=TtlnijkmL", strict=True))
BELOW = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎₌ᵢⱼₖₗₘₙₜₓₕₒᵣₛ", "0123456789+-()=ijklmntxhors", strict=True))
ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u20d7": "vec",
           "\u0308": "ddot"}
INVISIBLE = "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\ufeff\ufe0e\ufe0f\u00ad"


def spelled(character: str) -> str | None:
    """The LaTeX of one character, or None where it has none."""
    if character in SIGNS:
        return SIGNS[character]
    if character in GREEK:
        return "\\" + GREEK[character]
    apart = unicodedata.normalize("NFD", character)
    if len(apart) == 2 and apart[0].isascii() and apart[0].isalpha() and apart[1] in ACCENTS:
        return f"\\{ACCENTS[apart[1]]}{{{apart[0]}}}"
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and len(plain) == 1:
        return plain if plain.isascii() and plain.isprintable() else spelled(plain)
    return None

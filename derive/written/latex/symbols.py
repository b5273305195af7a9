r"""What each LaTeX command is: tables alone. In: the name without its backslash; out: kind and canonical text.

    \cdot -> ("times", ".")     \leq -> ("relation", "<=")     \langle -> ("open", "<")
"""

from __future__ import annotations

TIMES = {
    "cdot": ".", "bullet": "bullet", "cdotp": ".", "ast": "*", "star": "*", "times": "x", "odot": "odot",
    "circ": "circ",
    "otimes": "otimes", "boxtimes": "otimes", "hadamard": "odot", "div": "/", "oslash": "/",
    "bmod": "mod",
}
RELATIONS = {
    "equiv": "equiv", "coloneqq": ":=", "coloneq": ":=", "triangleq": ":=", "doteq": ":=", "leftarrow": "<-",
    "gets": "<-", "lt": "<", "gt": ">", "le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=",
    "geq": ">=", "geqslant": ">=", "geqq": ">=", "ne": "!=", "neq": "!=", "approx": "approx", "simeq": "approx",
    "cong": "approx", "propto": "propto", "in": "in", "to": "to", "rightarrow": "to", "mapsto": "to",
    "longrightarrow": "to", "longmapsto": "to", "eqqcolon": ":=", "sim": "approx",
}
CONCLUSIONS = ("Rightarrow", "implies", "Longrightarrow", "iff", "Leftrightarrow", "Longleftrightarrow", "therefore",
               "because", "impliedby")
"""Signs between two formulas: a new row begins."""
DELIMITERS = {
    "{": ("open", "\\{"), "}": ("close", "\\{"), "lbrace": ("open", "\\{"), "rbrace": ("close", "\\{"),
    "lbrack": ("open", "["), "rbrack": ("close", "["), "langle": ("open", "<"), "rangle": ("close", "<"),
    "lvert": ("open", "|"), "rvert": ("close", "|"), "lVert": ("open", "\\|"), "rVert": ("close", "\\|"),
    "vert": ("bar", "|"), "mid": ("bar", "|"), "Vert": ("bar", "\\|"), "|": ("bar", "\\|"), "lparen": ("open", "("),
    "rparen": ("close", "("),
}
DOTS = ("dots", "ldots", "cdots", "dotsc", "dotsb", "dotsm", "dotsi", "vdots", "ddots", "hdots", "hdotsfor")
SIZES = ("left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
         "Biggl", "Biggr", "bigm", "Bigm", "biggm", "Biggm")
SKIPPED = (
    "nonumber", "notag", "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle", "quad", "qquad", "limits",
    "nolimits", "!", ",", ":", ";", ">", " ", "/", "-", "enspace", "thinspace", "medspace", "thickspace",
    "negthinspace", "noindent", "hfill", "hline", "centering", "allowbreak", "nobreak", "break", "newline", "relax",
    "protect", "bigskip", "medskip", "smallskip", "null", "strut", "mathstrut", "hskip",
)
SKIPPED_WITH_ARGUMENT = ("tag", "label", "color", "hspace", "vspace", "phantom", "hphantom", "vphantom", "textcolor",
                         "colorbox", "cite", "footnote", "eqref", "ref", "kern")
"""\\textcolor{red}{x}: its first argument goes, the second stays as an ordinary group."""
TEXTS = {
    "text": "rm", "mbox": "rm", "hbox": "rm", "textrm": "rm", "textnormal": "rm", "textup": "rm", "textsf": "sf",
    "texttt": "sf", "textit": "rm", "textbf": "bold", "fbox": "rm", "textsc": "rm", "intertext": "rm",
}
FONTS = {
    "mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "pmb": "bold", "bf": "bold", "mathbfit": "bold",
    "symbf": "bold", "mathcal": "cal", "cal": "cal", "mathscr": "cal", "mathfrak": "cal", "frak": "cal",
    "mathbb": "bb", "Bbb": "bb", "mathbbm": "bb", "mathds": "bb", "mathrm": "rm", "rm": "rm", "mathit": "it", "it": "",
    "mathnormal": "", "mathsf": "sf", "sf": "sf", "mathtt": "sf", "tt": "sf", "bfseries": "bold",
    "symup": "rm", "mathup": "rm",
}
SWITCHES = ("rm", "bf", "it", "cal", "sf", "tt", "frak", "bfseries")
"""Fonts that hold until the end of the group: {\\rm in}."""
ACCENTS = {
    "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar",
    "dot": "dot", "ddot": "ddot", "vec": "vec", "overrightarrow": "vec", "check": "check", "breve": "breve",
    "underline": "underline", "underbar": "underline", "mathring": "ring", "acute": "acute", "grave": "grave",
    "overleftarrow": "back",
}
WRAPPERS = ("boxed", "underbrace", "overbrace", "mathop", "mathbin", "mathord", "mathrel", "mathopen", "mathclose",
            "ensuremath", "smash", "cancel", "bcancel", "underbracket", "overbracket", "hl", "framebox",
            "colorboxed", "mathinner", "vcenter")
BIGS = {"sum": "sum", "prod": "prod", "max": "max", "min": "min", "argmax": "argmax", "bigoplus": "sum"}
FUNCTIONS = {
    "exp": "exp", "log": "log", "ln": "log", "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "sin": "sin", "cos": "cos",
    "tan": "tan", "arctan": "arctan", "max": "max", "min": "min", "det": "det", "tr": "tr", "Tr": "tr", "trace": "tr",
    "diag": "diag", "Diag": "diag", "softmax": "softmax", "Softmax": "softmax", "relu": "relu", "ReLU": "relu",
    "Relu": "relu", "RELU": "relu", "sigmoid": "sigmoid", "Sigmoid": "sigmoid", "sign": "sign", "sgn": "sign",
    "softplus": "softplus", "Softplus": "softplus", "logsumexp": "logsumexp", "vec": "vec", "abs": "abs",
    "LeakyReLU": "leaky_relu", "erf": "erf", "rank": "rank", "Var": "var", "sqrt": "sqrt", "heaviside": "heaviside",
    "sech": "sech", "cot": "cot", "sec": "sec", "csc": "csc", "coth": "coth", "GELU": "gelu", "ELU": "elu",
    "SiLU": "silu", "Swish": "silu", "swish": "silu", "LReLU": "leaky_relu",
    "mean": "mean", "sum": "sum", "outer": "outer", "lg": "log10", "stop": "stop",
    "rowsum": "rowsum", "colsum": "colsum",
}
"""Known both as commands and as words in \\text{...}, \\mathrm{...}, \\operatorname{...}."""
GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi omicron pi "
    "varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon "
    "Phi Psi Omega digamma"
).split()
LETTERS = {
    **{name: name for name in GREEK}, "ell": "ell", "hbar": "hbar", "infty": "infty", "top": "top", "bot": "bot",
    "intercal": "intercal", "emptyset": "emptyset", "varnothing": "emptyset", "Re": "Re", "Im": "Im", "imath": "i",
    "jmath": "j", "aleph": "aleph", "dagger": "dagger", "perp": "perp", "Box": "Box", "square": "square", "#": "#",
    "$": "$", "%": "%", "forall": "forall", "exists": "exists", "wp": "wp", "prime": "prime", "partial": "partial",
    "nabla": "nabla", "transpose": "top", "trans": "top", "tran": "top",
}
WORDS = (
    *GREEK, "softmax", "sigmoid", "tanh", "exp", "log", "sum", "loss", "cost", "error", "relu", "diag", "sqrt", "prod",
    "hidden", "output", "input", "out", "pad", "True", "False", "None", "axis", "keepdims", "nabla", "argmax", "max",
    "min", "grad", "net", "target", "outer", "ReLU", "odot", "mean", "sign", "partial", "sin", "cos",
)
"""Runs of plain letters that are one word, not a product of letters; all have three letters or more."""
TRANSPOSES = ("T", "top", "intercal", "t")
MATRICES = ("matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array")
CASES = ("cases", "dcases", "rcases")
WHOLE = ("equation", "align", "aligned", "split", "gather", "gathered", "eqnarray", "multline", "displaymath", "math",
         "alignat", "flalign", "alignedat", "subequations")
"""Environments that hold whole formulas, starred or not."""
SMALL_WORDS = ("if", "otherwise", "for", "when", "where", "and", "or", "else", "with", "as", "is", "on", "then", "at",
               "of", "by", "so", "we", "have", "all", "each", "every", "since", "because")
OPERANDS = ("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "sqrt", "arg", "binom", "operatorname", "stackrel",
            "overset", "underset", "substack", "over", "not", "exp")
KNOWN = sorted({*TIMES, *RELATIONS, *DOTS, *FONTS, *ACCENTS, *BIGS, *FUNCTIONS, *LETTERS, *OPERANDS, *TEXTS, *WRAPPERS})
"""What a wrong spelling is compared with."""

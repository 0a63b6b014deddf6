"""What people paste from papers and other languages, and what to type instead."""

_LETTERS = {
    "α": "alpha", "β": "beta", "γΓ": "gamma", "δΔ": "delta", "εϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θϑΘ": "theta", "κ": "kappa", "λΛ": "lambda", "μµ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho",
    "σΣς": "sigma", "τ": "tau", "φϕΦ": "phi", "χ": "chi", "ψΨ": "psi", "ωΩ": "omega", "ℓ": "l", "∑": "sum", "∏": "prod",
    "∞": "inf", "†": "adj", "√": "sqrt", "ℜ": "re", "ℑ": "im",
}  # fmt: skip
_OPERATORS = {
    "−–—‐‑‒﹣": "-", "·×∗⋅∙•": "*", "÷∕⁄": "/", "≤⩽": "<=", "≥⩾": ">=", "≠": "!=", "→↦⟶": "->", "“”„«»": '"',
    "‘’′": "'", "²": "^2", "³": "^3", "⁴": "^4", "⁶": "^6", "∣│": "|", "∧": "and", "∨": "or", "…": "..", "½": "1/2",
    "\u00a0\u2007\u2009\u202f\u3000\u200b": " ",
}  # fmt: skip

LOOKALIKES = {c: typed for table in (_LETTERS, _OPERATORS) for group, typed in table.items() for c in group}

SIGNS: dict[str, tuple[str, str]] = {
    "&": ("E0107", "conditions are joined by `and`"),
    ";": ("E0107", "leave it out: declarations and options follow each other without separators"),
    "%": ("E0107", "comments begin with `#`"),
    "!": ("E0107", "there is no negation; `!=` compares"),
    ".": ("E0101", "a range is written `0..5`"),
    "@": ("E0107", "products are written with `*`"),
}

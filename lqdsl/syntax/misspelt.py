"""The word of the language that another one at the beginning of a declaration is likely to stand for."""

from lqdsl.diagnostics import suggest
from lqdsl.syntax.grammar import declaration_words

# words of other languages and of papers -> what to type
_ALIASES = {
    "parameter": "param", "const": "param", "constant": "param", "coupling": "param", "var": "let", "def": "let",
    "define": "let", "S": "action", "lagrangian": "action", "hamiltonian": "action", "model": "theory",
    "observables": "observable", "measure": "observable", "sampler": "sample", "training": "train", "dim": "lattice",
    "group": "field", "variable": "field", "bc": "boundary",
}  # fmt: skip


def meant(word: str) -> str | None:
    """The word of a declaration that is most likely meant by another; None where none is close."""
    close = word if word in _ALIASES else suggest(word, [*declaration_words(), *_ALIASES])
    return _ALIASES.get(close, close) if close else None

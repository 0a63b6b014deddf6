"""Writes docs/errors.md from the table of error codes: `python docs/make_errors.py`."""

from pathlib import Path

from lqdsl.diagnostics import CODES

FAMILIES = {
    "E01": "Syntax",
    "E02": "Names",
    "E03": "Kinds, shapes and indices",
    "E04": "Symmetries",
    "E05": "Lattice and masks",
    "E06": "The action",
    "E07": "Options of flow, train and sample",
    "E08": "Parameters and data",
    "E09": "Not available",
}
HEAD = """# Errors

All codes, as `lqdsl explain CODE` explains them. This page is written by `python docs/make_errors.py`.
"""


def errors_page() -> str:
    """The page, one section a family, one subsection a code."""
    parts = [HEAD]
    family = ""
    for code in sorted(CODES):
        if code[:3] != family:
            family = code[:3]
            parts.append(f"## {FAMILIES[family]}\n")
        parts.append(f"### {code}: {CODES[code].title}\n\n```text\n{CODES[code].explanation}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    Path(__file__).with_name("errors.md").write_text(errors_page(), encoding="utf-8")

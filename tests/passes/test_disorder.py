"""Which data leave the weight of an action without an integral, as far as that can be decided."""

from pathlib import Path

import numpy as np
import pytest

from lqdsl.diagnostics import DiagnosticError, SourceFile
from lqdsl.driver import check_text

HOP = "(phi(x + e[0]) - phi(x))^2 + (phi(x + e[1]) - phi(x))^2"
EVEN = np.full((4, 6), 0.7)
SITE = 'lattice [4, 6]\nfield phi : real\nfield chi : real\ndata h[x] from "h.npy"\naction = sum[x]( chi(x)^2 + {} )\n'
ANGLE = 'lattice [4, 6]\nfield phi : real\nfield t : angle\ndata h[x] from "h.npy"\naction = sum[x]( {} )\n'
INDEX = 'index k = 2..5\nfield q[k] : real\ndata h[k] from "h.npy"\naction = sum[k]( {} )\n'


def with_one(value: float, site: tuple[int, ...] = (2, 3)) -> np.ndarray:
    """The same number everywhere but at one site."""
    values = EVEN.copy()
    values[site] = value
    return values


FLAT = {
    "square": (SITE.format("h(x) * phi(x)^2"), with_one(0), "`phi` at [2, 3]"),
    "fourth power": (SITE.format("h(x) * phi(x)^4"), with_one(0), "`phi` at [2, 3]"),
    "neighbour": (SITE.format("h(x + e[0]) * phi(x)^4"), with_one(0), "`phi` at [1, 3]"),
    "beside an angle": (ANGLE.format("h(x) * phi(x)^2 * (2 + cos(t(x)))"), with_one(0), "`phi` at [2, 3]"),
    "index": (INDEX.format("h[k] * q[k]^2"), np.array([1.0, 1.0, 0.0, 1.0]), "`q[4]`"),
    "no mass at all": (SITE.format(f"h(x) * phi(x)^2 + {HOP}"), 0 * EVEN, "a mode of the fields costs no action"),
    "only differences": (SITE.format(f"h(x) * ({HOP})"), EVEN, "a mode of the fields costs no action"),
}
FALLING = {
    "square": (SITE.format(f"h(x) * phi(x)^2 + {HOP}"), with_one(-50), "along `phi` at [2, 3]"),
    "fourth power": (SITE.format("h(x) * phi(x)^4 + phi(x)^2"), with_one(-0.01), "along `phi` at [2, 3]"),
    "lower degree than the rest": (SITE.format("phi(x)^4 + 2 * h(x) * chi(x)^2"), -EVEN, "along `chi` at"),
    "cosh": (SITE.format("h(x) * cosh(phi(x)) + phi(x)^2"), with_one(-0.01), "along `phi` at [2, 3]"),
    "mode": (SITE.format(f"h(x) * phi(x)^2 + {HOP}"), EVEN - 1.4, "negative eigenvalue"),
}
KEPT = {
    "square": (SITE.format("h(x) * phi(x)^2"), EVEN),
    "small square": (SITE.format("1e-6 * h(x) * phi(x)^2"), EVEN),
    "kept by neighbours": (SITE.format(f"h(x) * phi(x)^2 + {HOP}"), with_one(0)),
    "negative, and kept by neighbours": (SITE.format(f"h(x) * phi(x)^2 + {HOP}"), with_one(-0.3)),
    "kept by a higher power": (SITE.format("h(x) * phi(x)^2 + phi(x)^4"), with_one(-50)),
    "kept by a small higher power": (SITE.format(f"h(x) * phi(x)^2 + {HOP} + 1e-14 * phi(x)^4"), EVEN - 1.4),
    "linear": (SITE.format("h(x) * phi(x) + phi(x)^2"), with_one(-50)),
    "cancelled": (SITE.format("h(x) * (phi(x)^2 + 1)^2 - h(x) * phi(x)^4 + 200 * phi(x)^2"), with_one(-50)),
    "beside an angle": (ANGLE.format("h(x) * phi(x)^2 * (2 + cos(t(x)))"), EVEN),
    "index": (INDEX.format("h[k] * q[k]^2"), np.ones(4)),
}


def refusal(folder: Path, text: str, values: np.ndarray) -> str:
    """All that is said of the only error, E0602; empty if there is none."""
    np.save(folder / "h.npy", values)
    try:
        check_text(SourceFile("theory.lqt", text, str(folder)))
    except DiagnosticError as error:
        (diagnostic,) = error.diagnostics
        assert diagnostic.code == "E0602"
        return " | ".join((diagnostic.message, *diagnostic.notes))
    return ""


@pytest.mark.parametrize("case", FLAT)
def test_data_that_leave_a_flat_direction_are_refused(case: str, tmp_path: Path) -> None:
    text, values, place = FLAT[case]
    said = refusal(tmp_path, text, values)
    assert "flat direction" in said and place in said


@pytest.mark.parametrize("case", FALLING)
def test_data_that_let_the_action_fall_are_refused(case: str, tmp_path: Path) -> None:
    text, values, place = FALLING[case]
    said = refusal(tmp_path, text, values)
    assert "not bounded below" in said and place in said


@pytest.mark.parametrize("case", KEPT)
def test_data_that_keep_the_fields_in_are_accepted(case: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, *KEPT[case]) == ""

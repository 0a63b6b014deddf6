"""The command line as a user starts it, and a theory small enough to run in seconds."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TINY = """theory tiny
param m2     : real = 0.5
param lambda : real = 0.1
lattice [4, 4]
field phi : real
action = sum[x]( sum[mu]( (phi(x + mu) - phi(x))^2 ) + m2 * phi(x)^2 + lambda * phi(x)^4 )
symmetry Z2 : phi -> -phi
observable phi2 = mean[x]( phi(x)^2 )
observable C = correlator(phi, axis = 0)
derived m_p = pole_mass(C)
flow {
    prior = normal(0, 1)
    couple phi { layers = 2  kernel = affine  net = mlp(hidden = [8], activation = tanh) }
}
train { batch = 64  steps = 300 }
sample flow_mh { chains = 1  draws = 3000 }
sample hmc { chains = 4  draws = 400  warmup = 50  save = 100 }
"""
BROKEN = "theory broken\nlattice [4]\nfield phi : real\naction = sum[x]( ph(x)^2 )\n"


def lqdsl(*arguments: Any, cwd: Path | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "lqdsl", *map(str, arguments)],
        check=False,
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        **options,
    )


def environment(**more: str) -> dict[str, str]:
    """The environment without what would change the output."""
    dropped = ("NO_COLOR", "FORCE_COLOR", "LQDSL_TRACEBACK")
    return {name: value for name, value in os.environ.items() if name not in dropped} | more


def files(folder: Path) -> dict[str, bytes]:
    """Content of all files of a run that must not depend on interruptions."""
    kept = [*folder.glob("series/**/*"), *folder.glob("configurations/**/*")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(kept) if path.is_file()}


def without_seconds(value: Any) -> Any:
    """JSON data without what was measured by the clock."""
    if isinstance(value, dict):
        return {key: without_seconds(item) for key, item in value.items() if "seconds" not in key}
    return [without_seconds(item) for item in value] if isinstance(value, list) else value

"""`lqdsl info`."""

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from lqdsl.cli import options
from lqdsl.cli.compiler import compiled, read_source
from lqdsl.cli.options import Value
from lqdsl.cli.output import write_result
from lqdsl.version import __version__

if TYPE_CHECKING:
    from lqdsl.driver import CompileResult

PACKAGES = ("jax", "jaxlib", "numpy", "sympy", "lark", "jinja2", "optax")


@click.command("info")
@click.argument("target", required=False)
@options.theory_options
def info_command(target: str | None, overrides: dict[str, Value], dtype: str, output_format: str) -> None:
    """Describe TARGET: a theory file, a run directory; without one, this installation and its devices."""
    if target is None:
        facts = installation()
    elif Path(target).is_dir():
        if overrides:
            raise click.UsageError("--set belongs to a theory file; a run directory is described as it is")
        facts = run_facts(Path(target))
    else:
        facts = theory_facts(compiled(read_source(target), overrides, dtype, output_format), dtype)
    if output_format == "json":
        write_result(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    else:
        write_result(as_text(facts))


def as_text(facts: dict[str, Any]) -> str:
    """A fact a line, lists below their name."""
    width = max(len(name) for name in facts) + 2
    lines = []
    for name, value in facts.items():
        if isinstance(value, list | tuple):
            value = ("\n" + " " * width).join(map(str, value)) or "none"
        elif isinstance(value, dict):
            value = ("\n" + " " * width).join(f"{key} = {item}" for key, item in value.items()) or "none"
        lines.append(f"{name:<{width}}{value}")
    return "\n".join(lines) + "\n"


def installation() -> dict[str, Any]:
    """Versions and devices."""
    import jax

    return {
        "lqdsl": __version__,
        "python": f"{platform.python_version()} on {sys.platform}",
        **{name: _version(name) for name in PACKAGES},
        "devices": [f"{device.platform} {device.id}: {device.device_kind}" for device in jax.devices()],
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _places(lattice: Any, reach: int) -> dict[str, Any]:
    """Where the fields live, and how far terms reach."""
    if lattice.is_index:
        last = lattice.first + lattice.volume - 1
        return {"index": f"{lattice.first}..{last} ({lattice.volume} value{'s' * (lattice.volume != 1)})"}
    return {
        "lattice": " x ".join(map(str, lattice.extents)) + f" ({lattice.volume} site{'s' * (lattice.volume != 1)})",
        "boundary": ["periodic" if sign > 0 else "antiperiodic" for sign in lattice.boundary],
        "range": f"{reach} site{'s' * (reach != 1)}",
    }


def _updates(known: Any) -> str:
    """Updates of single links or matrices."""
    if known.linear:
        return "the action is linear in each: heatbath, overrelaxation"
    return "multi-hit Metropolis" if known.colours else "none one by one"


def theory_facts(result: "CompileResult", dtype: str) -> dict[str, Any]:
    """What the compiler knows of a theory."""
    found = result.compiled
    theory = found.theory
    facts: dict[str, Any] = {
        "theory": theory.name,
        **_places(theory.lattice, found.reach),
        "parameters": {p.name: f"{p.value}" + (f" in {p.interval}" if p.interval else "") for p in theory.parameters},
        "fields": {field.name: str(field.kind) for field in theory.fields},
        "symmetries": [proof.name + ("" if proof.declared else " (found)") for proof in found.proofs],
        "colours": {name: mask.words for name, mask in found.colours.items()}
        | {f"{name}[{mu}]": m.words for name, known in found.links.items() for mu, m in enumerate(known.colours)},
        "links": {name: _updates(known) for name, known in found.links.items()},
        "clusters": {name: known.words for name, known in found.pairs.items()},
        "observables": [observable.name for observable in theory.observables],
        "derived": [derived.name for derived in theory.derived],
        "vanish by symmetry": list(found.vanishing),
        "masks": [f"{c.couple.field}: {mask.words}" for c in found.couplings if (mask := c.mask or c.pattern)],
        "flow": [
            f"{c.couple.field}: {c.layers} layers" + ", odd" * c.odd + ", isotropic" * c.isotropic
            for c in found.couplings
        ],
        "weights": weight_count(result.name, result.module) if found.couplings else 0,
        "samplers": [sampler.name for sampler in theory.samplers] or "default",
        "dtype": dtype,
    }
    return facts


def weight_count(name: str, module: str) -> int:
    """Trainable numbers of the flow of a generated module; shapes only, nothing is computed."""
    import jax

    from lqdsl.runtime.campaign import load_module

    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.py"
        file.write_text(module, encoding="utf-8")
        flow = load_module(file).MODEL.flow
    shapes = jax.eval_shape(lambda: flow.init(jax.random.key(0)))
    return sum(leaf.size for leaf in jax.tree.leaves(shapes))


def run_facts(folder: Path) -> dict[str, Any]:
    """How far a run is and what it found."""
    from lqdsl.runtime.campaign import describe

    return describe(folder)

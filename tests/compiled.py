"""Compiled theories for tests: text or example to the imported module, its random configurations, and quick compilation."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.diagnostics import SourceFile
from lqdsl.driver import CompileOptions, CompileResult, compile_text

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

Settings = tuple[tuple[str, float], ...]


@cache
def result(
    text: str, settings: Settings = (), dtype: str = "float64", name: str = "theory.lqt", folder: str | None = None
) -> CompileResult:
    """All stages of one source; its data lie in `folder`."""
    return compile_text(SourceFile(name, text, folder), CompileOptions(overrides=dict(settings), dtype=dtype))


@cache
def module(
    text: str, settings: Settings = (), dtype: str = "float64", name: str = "theory.lqt", folder: str | None = None
) -> ModuleType:
    """The generated module, executed."""
    compiled = result(text, settings, dtype, name, folder)
    built = ModuleType(compiled.name)
    exec(compile(compiled.module, f"<{name}>", "exec"), built.__dict__)  # noqa: S102 the module under test
    return built


def example_text(name: str) -> str:
    """Source of `examples/<name>.lqt`."""
    return (EXAMPLES / f"{name}.lqt").read_text()


def example(name: str, settings: Settings = ()) -> ModuleType:
    """The module of an example."""
    return module(example_text(name), settings, name=f"{name}.lqt", folder=str(EXAMPLES))


def configuration(model: Any, seed: int = 0, batch: tuple[int, ...] = (), sigma: float = 1.0) -> Any:
    """Independent normal numbers [component, x..., *batch] in float64."""
    keys = jax.random.split(jax.random.key(seed), len(model.kinds))
    shapes = [(*kind.shape(model.lattice), *batch) for kind in model.kinds]
    draws = [sigma * jax.random.normal(k, s, jnp.float64) for k, s in zip(keys, shapes, strict=True)]
    return type(model.kinds)(*draws)


def compiled(function: Callable[..., Any]) -> Any:
    """jit for programs that run once: hardly optimised, so that they compile quickly."""
    return jax.jit(function, compiler_options=_quick_options())


@cache
def _quick_options() -> dict[str, bool | int]:
    """Without the emitters of fusions too, half as long, where this release of XLA knows of them."""
    few: dict[str, bool | int] = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    fewer = few | {"xla_cpu_use_fusion_emitters": False}
    try:
        jax.jit(jnp.negative, compiler_options=fewer)(1.0)
    except jax.errors.JaxRuntimeError:
        return few
    return fewer

"""Sums that releases of JAX have got wrong are right once the runtime is imported, and late imports are told."""

import os
import subprocess
import sys

import pytest

SUM = """
import jax, jax.numpy as jnp

def total(x):
    return jax.vmap(lambda row: jnp.sum((jnp.eye(3, dtype=x.dtype) @ row) ** 2))(x)

def padded(c, a, b):
    return (jnp.pad(a.T @ c, ((0, 17), (0, 0))) + jnp.pad(b.T @ c, ((20, 0), (0, 0)))).sum(axis=1)

number = jnp.arange(32769, dtype="float32")
x = jnp.stack((number, 0 * number, 0 * number), axis=1)
assert float(jax.jit(total)(x)[-1]) == 2.0**30
ones = (jnp.ones((37, 1024)), jnp.ones((37, 20)), jnp.ones((37, 17)))
assert (jax.jit(padded)(*ones) == 37 * 1024).all()
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """In a process without flags; those of this process are set already."""
    environment = {**os.environ, "XLA_FLAGS": ""}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("package", ["lqdsl", "lqdsl.runtime"])
def test_sums_are_right(package: str) -> None:
    found = run(f"import jax, {package}\n{SUM}")
    assert found.returncode == 0, found.stderr


def test_a_late_import_is_told() -> None:
    found = run("import jax; jax.devices(); import lqdsl.runtime")
    needed = run("import lqdsl.runtime.xla_flags as flags; print(flags.FIRST <= flags._release() <= flags.LAST)")
    assert ("JAX was used before lqdsl" in found.stderr) == (needed.stdout.strip() == "True")

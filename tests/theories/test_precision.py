"""Flows of all examples in single precision against double precision, with weights far from the identity.

Whatever single precision loses of log q goes into the weights of samples: what it loses on average shifts log Z.
"""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import EXAMPLES, compiled, example_text, module
from runtime.flows import random_weights

QUICK = ("on_model",)
SAMPLES = 256
EPS = float(np.finfo(np.float32).eps)
FIXED = ("o4_field",)
"""Examples whose data have the extents of their lattice; all others are made small."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(path.stem, marks=() if path.stem in QUICK else pytest.mark.slow)
        for path in sorted(EXAMPLES.glob("*.lqt"))
    ],
)
def test_log_q_in_single_precision(name: str) -> None:
    """log q of samples and of given configurations, against double precision for the same configurations."""
    text = example_text(name)
    settings = (("L", 4),) if re.search(r"^param L\b", text, re.MULTILINE) and name not in FIXED else ()
    single, double = (
        module(text, settings, dtype, f"{name}.lqt", str(EXAMPLES)).MODEL.flow for dtype in ("float32", "float64")
    )
    if single is None:
        pytest.skip("has no flow")

    def reference(weights: Any, fields: Any) -> tuple[jax.Array, jax.Array]:
        """log q, and by how much it changes where components of the fields are rounded to single precision."""
        log_q, pull = jax.vjp(lambda fields: double.log_prob(weights, fields), fields)
        score = pull(jnp.ones_like(log_q))[0]
        size = sum(jnp.sum(jnp.abs(x * s).reshape(-1, SAMPLES), axis=0) for x, s in zip(fields, score, strict=True))
        return log_q, EPS * (size + jnp.abs(log_q))

    weights = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), random_weights(double))
    sample = jax.jit(lambda weights, key: single.sample_with_score(weights, key, SAMPLES))(weights, jax.random.key(0))
    given = jax.jit(single.log_prob)(weights, sample.fields)
    fields = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), sample.fields)
    exact, rounding = compiled(reference)(jax.tree.map(lambda leaf: leaf.astype(jnp.float64), weights), fields)
    assert float(jnp.std(exact)) > 0.5
    for found in (sample.log_q, given):
        error = np.abs(np.asarray(found - exact, np.float64))
        assert np.median(error) < 10 * np.median(rounding)
        assert np.max(error / rounding) < 100

"""Pieces and threads change the time a result takes, never the result."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled
from runtime.flows import CHECKERBOARD, random_weights, real
from runtime.models import phi4

from lqdsl.runtime import drawing, parallel
from lqdsl.runtime.kernels import Affine
from lqdsl.runtime.model import Model
from lqdsl.runtime.nets import CNN
from lqdsl.runtime.train import Trainer, TrainOptions


@pytest.fixture(scope="module")
def theory() -> Model:
    return replace(phi4((4, 4)), flow=real((4, 4), (2, CHECKERBOARD[2], Affine(), CNN((4,), 3, "tanh"))))


def test_results_come_in_order_whatever_ends_first() -> None:
    def late(number: int) -> jax.Array:
        time.sleep(0.02 * (number == 0))
        return jnp.asarray(number)

    assert [int(x) for x in parallel.map_pieces(late, range(5))] == [0, 1, 2, 3, 4]


def test_threads_see_the_precision_of_the_caller() -> None:
    with jax.enable_x64(True):
        wide = parallel.map_pieces(parallel.Piece(lambda x: x + jnp.ones(3)), [np.float64(1), np.float64(2)])
    assert {values.dtype for values in wide} == {jnp.dtype("float64")}


def test_proposals_are_made_of_pieces_with_keys_of_their_own(theory: Model) -> None:
    weights, key = random_weights(theory.flow), jax.random.key(4)
    size = parallel.drawing_piece(theory.flow, theory.dtype, 1 << 20)
    n = size + size // 2
    fields, log_weight = drawing.proposals(theory, weights, theory.parameters, key, n)
    assert log_weight.shape == (n,) and fields.phi.shape == (4, 4, n)

    @compiled
    def one_piece(key: jax.Array) -> tuple[Any, jax.Array, jax.Array]:
        expected, log_q = theory.flow.sample(weights, key, size)
        return expected, log_q, -theory.action(expected, theory.parameters)

    for number, part in ((0, slice(0, size)), (1, slice(size, n))):
        expected, log_q, log_p = one_piece(jax.random.fold_in(key, number))
        count = log_weight[part].size
        np.testing.assert_allclose(fields.phi[..., part], expected.phi[..., :count], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(log_weight[part], (log_p - log_q)[:count], rtol=1e-9)
    alone = drawing.log_weights(theory, weights, theory.parameters, key, n)
    np.testing.assert_allclose(log_weight, alone, rtol=1e-13)


def test_training_does_not_depend_on_the_number_of_threads(theory: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(threads: int) -> list[np.ndarray]:
        with ThreadPoolExecutor(threads) as pool:
            monkeypatch.setattr(parallel, "_threads", lambda: pool)
            trainer = Trainer(theory, theory.parameters, TrainOptions(batch=48, microbatch=4, evaluate_every=1000))
            state, _ = trainer.run(trainer.init(jax.random.key(1)), 3)
        return [np.asarray(leaf) for leaf in jax.tree.leaves(state.weights)]

    for one, many in zip(trained(1), trained(3), strict=True):
        np.testing.assert_array_equal(one, many)


def test_gradient_of_a_batch_is_the_mean_over_its_pieces(theory: Model) -> None:
    trainer = Trainer(theory, theory.parameters, TrainOptions(batch=48, microbatch=4, evaluate_every=1000))
    state = trainer.init(jax.random.key(1), random_weights(theory.flow))
    _, metrics = trainer.run(state, 1)

    def piece(number: int) -> Any:
        key = trainer.sample_key(state, number)
        return trainer._loss(theory.flow, theory.action, state.weights, theory.parameters, key, 4, None)

    pieces = [jax.jit(piece)(number) for number in range(12)]
    gradient = jax.tree.map(lambda *parts: sum(parts) / 12, *(gradient for gradient, _ in pieces))
    norm = float(jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(gradient))))
    assert metrics["loss"] == pytest.approx(float(np.mean([loss.value for _, loss in pieces])), rel=1e-9)
    assert metrics["gradient_norm"] == pytest.approx(norm, rel=1e-9)


def test_automatic_pieces_divide_the_batch_and_shrink_with_the_volume(theory: Model) -> None:
    weights = jax.eval_shape(theory.flow.init, jax.random.key(0))
    small = parallel.training_piece(theory.flow, weights, 1000)
    wide = real((48, 48), (2, CHECKERBOARD[2], Affine(), CNN((4,), 3, "tanh")))
    large = parallel.training_piece(wide, weights, 1000)
    assert 1000 % small == 1000 % large == 0
    assert 8 <= large < small <= 500
    assert parallel.training_piece(theory.flow, weights, 4) == 4

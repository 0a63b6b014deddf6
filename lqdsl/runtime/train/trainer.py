"""Training as a pure state and a compiled step; the caller drives it in blocks and keeps checkpoints."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lqdsl.runtime.errors import NumericalError, RuntimeInputError
from lqdsl.runtime.model import Model
from lqdsl.runtime.parallel import Piece, map_pieces, training_piece
from lqdsl.runtime.parameters import check_parameters
from lqdsl.runtime.train.annealing import annealed, check_annealing
from lqdsl.runtime.train.evaluate import FlowReport, evaluate
from lqdsl.runtime.train.losses import loss_function
from lqdsl.runtime.train.optimizer import transformation
from lqdsl.runtime.train.options import TrainOptions
from lqdsl.runtime.train.stopping import stop_reason

LANES = 8
"""Gradients are summed in at most so many lanes, whatever the number of cores, so that the order is always the same."""


class TrainState(NamedTuple):
    """Everything a run needs to go on: weights, optimiser, key of the run, number of steps done."""

    weights: Any
    optimizer: Any
    key: jax.Array
    step: jax.Array


class TrainingDiverged(NumericalError):
    """The loss or its gradient is no longer finite; the caller still has the state from before the block."""

    def __init__(self, step: int, loss: float, norm: float) -> None:
        self.step = step
        what = "loss" if not np.isfinite(loss) else "gradient"
        super().__init__(
            f"the {what} is not finite at step {step} (loss {loss:g}, gradient norm {norm:g}); "
            "try a smaller learning rate, clipping, or float64"
        )


class Trainer:
    """Trains `model.flow` at fixed couplings, but for those that are annealed; step s draws its samples from fold_in(key, s)."""

    def __init__(self, model: Model, parameters: Any, options: TrainOptions | None = None, samples: Any = None) -> None:
        self.model = model
        self.parameters = parameters
        self.options: TrainOptions = options or model.train or TrainOptions()
        self.samples = samples
        check_annealing(parameters, self.options)
        self._loss = loss_function(self.options, samples)
        check_parameters(model, parameters)
        self._optimizer = transformation(self.options.optimizer, self.options.steps)
        self._step = jax.jit(self.whole_step, donate_argnums=0)
        self._finish = jax.jit(self._update, donate_argnums=0)
        self._lane = Piece(self._pieces)

    def init(self, key: jax.Array, weights: Any = None) -> TrainState:
        """A fresh state; `weights` of an earlier run (also of another volume, for nets that allow it) may be given.

        Raises RuntimeInputError where their shapes do not fit this flow.
        """
        fresh = self.model.flow.init(jax.random.fold_in(key, 0), jnp.dtype(self.model.dtype))
        if weights is not None:
            check_weights(fresh, weights)
            fresh = jax.tree.map(lambda new, old: jnp.asarray(old, new.dtype), fresh, weights)
        return TrainState(fresh, self._optimizer.init(fresh), jax.random.fold_in(key, 1), jnp.zeros((), jnp.int32))

    def run(self, state: TrainState, steps: int) -> tuple[TrainState, dict[str, Any]]:
        """`steps` further steps. Metrics: step, loss (mean over the block), norm of the last gradient, and where the
        block ends on a multiple of `evaluate_every` (or at the last step) the figures of `evaluate`.

        The given state stays valid. Raises TrainingDiverged.
        """
        state = jax.tree.map(jnp.copy, state)
        records = []
        for _ in range(steps):
            state, record = self._advance(state)
            records.append(record)
        start = int(state.step) - steps
        losses, norms = np.array([[float(value) for value in record] for record in records]).T
        for index in np.flatnonzero(~np.isfinite(losses) | ~np.isfinite(norms))[:1]:
            raise TrainingDiverged(start + int(index), losses[index], norms[index])
        metrics = {"step": start + steps, "loss": float(losses.mean()), "gradient_norm": float(norms[-1])}
        if metrics["step"] % self.options.evaluate_every == 0 or metrics["step"] >= self.options.steps:
            metrics |= asdict(self.evaluate(state))
        return state, metrics

    def evaluate(self, state: TrainState) -> FlowReport:
        """The flow judged on fresh samples; depends on nothing but the state."""
        key = jax.random.fold_in(jax.random.fold_in(state.key, 1), state.step)
        return evaluate(self.model, state.weights, self.parameters, key, self.options.evaluate_samples)

    def stop_reason(self, state: TrainState, history: Sequence[dict[str, Any]], elapsed_seconds: float) -> str | None:
        """Why to stop now, or None; `history` holds the metrics of all blocks so far."""
        if int(state.step) >= self.options.steps:
            return f"{self.options.steps} steps"
        return stop_reason(self.options, history, elapsed_seconds)

    @cached_property
    def piece(self) -> int:
        """Samples in one evaluation of the gradient: `microbatch`, or what suits the memory of the machine."""
        if self.options.microbatch:
            return min(self.options.microbatch, self.options.batch)
        fresh = jax.eval_shape(lambda key: self.model.flow.init(key, jnp.dtype(self.model.dtype)), jax.random.key(0))
        return training_piece(self.model.flow, fresh, self.options.batch)

    def sample_key(self, state: TrainState, piece: Any = 0) -> jax.Array:
        """The key that step `state.step` draws the samples of a piece with."""
        return _sample_key(state.key, state.step, piece)

    def _advance(self, state: TrainState) -> tuple[TrainState, tuple[jax.Array, jax.Array]]:
        pieces = self.options.batch // self.piece
        if pieces == 1:
            return self._step(state, self.parameters, self.samples)
        lanes = max(n for n in range(1, LANES + 1) if pieces % n == 0)
        numbers = np.arange(pieces, dtype=np.int32).reshape(lanes, -1)
        arguments = (state.weights, state.key, state.step, self.parameters, self.samples)
        return self._finish(state, map_pieces(lambda own: self._lane(own, *arguments), list(numbers)))

    def _pieces(self, numbers: Any, weights: Any, key: jax.Array, step: Any, parameters: Any, samples: Any) -> Any:
        """Sum of gradients and losses of the pieces of these numbers."""

        moved = annealed(parameters, self.options, step)

        def one(number: Any) -> Any:
            own = _sample_key(key, step, number)
            gradient, loss = self._loss(self.model.flow, self.model.action, weights, moved, own, self.piece, samples)
            return gradient, loss.value

        total = one(numbers[0])
        if len(numbers) == 1:
            return total
        add = partial(jax.tree.map, jnp.add)
        return jax.lax.scan(lambda total, number: (add(total, one(number)), None), total, numbers[1:])[0]

    def _update(self, state: TrainState, totals: list[Any]) -> tuple[TrainState, tuple[jax.Array, jax.Array]]:
        pieces = self.options.batch // self.piece
        gradient, loss = jax.tree.map(lambda *values: sum(values) / pieces, *totals)
        updates, optimizer = self._optimizer.update(gradient, state.optimizer, state.weights)
        weights = optax.apply_updates(state.weights, updates)
        return TrainState(weights, optimizer, state.key, state.step + 1), (loss, _norm(gradient))

    def whole_step(self, state: TrainState, parameters: Any, samples: Any) -> Any:
        """One step with all samples in one piece, as a pure function of arrays: the program for any backend."""
        totals = self._pieces(jnp.zeros(1, jnp.int32), state.weights, state.key, state.step, parameters, samples)
        return self._update(state, [totals])


def _norm(tree: Any) -> jax.Array:
    """Euclidean norm over all leaves."""
    return jnp.sqrt(sum(jnp.vdot(leaf, leaf) for leaf in jax.tree.leaves(tree)))


def _sample_key(key: jax.Array, step: Any, piece: Any) -> jax.Array:
    return jax.random.fold_in(jax.random.fold_in(jax.random.fold_in(key, 0), step), piece)


def check_weights(expected: Any, given: Any) -> None:
    """Raises RuntimeInputError that names the first leaf of `given` whose place or shape is not as in `expected`."""
    wanted = dict(jax.tree_util.tree_leaves_with_path(expected))
    found = dict(jax.tree_util.tree_leaves_with_path(given))
    for path in [*wanted, *(path for path in found if path not in wanted)]:
        name = jax.tree_util.keystr(path)
        if path not in wanted or path not in found:
            raise RuntimeInputError(
                f"weights and flow differ: {name} is only in the {'flow' if path in wanted else 'weights'}"
            )
        if jnp.shape(wanted[path]) != jnp.shape(found[path]):
            raise RuntimeInputError(
                f"weights {name} have shape {jnp.shape(found[path])}, the flow needs {jnp.shape(wanted[path])}; "
                "layers, hidden widths and kernels must agree, and the weights of an MLP fit one volume only"
            )

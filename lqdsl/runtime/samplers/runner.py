"""Runs a sampler block by block; the same bytes for any split into blocks and after any resume."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from lqdsl.runtime import random
from lqdsl.runtime.errors import NumericalError, RuntimeInputError
from lqdsl.runtime.model import Model
from lqdsl.runtime.parameters import cast_parameters
from lqdsl.runtime.samplers.block import Block, StepProgram, saved_draws
from lqdsl.runtime.samplers.flow import FlowMetropolis, FlowProgram

CAPACITY = 256
INVALID_LIMIT = 0.1


class RunState(NamedTuple):
    """Next draw, int32 (negative: warm-up), and the state of the sampler. A pytree of arrays."""

    index: Array  # type: ignore[assignment]  # the method of tuple is not used
    chains: Any


class Program(Protocol):
    """What the runner needs of a sampler: see StepProgram and FlowProgram."""

    warmup: int
    remedy: str

    def init(self, words: Array, parameters: Any, weights: Any) -> Any: ...

    def end_warmup(self, state: Any) -> Any: ...

    def limit(self, first: int) -> int: ...

    def block(
        self, words: Array, state: Any, parameters: Any, weights: Any, first: Any, count: Any, warm: bool
    ) -> Any: ...


class Runner:
    """Drives one sampler of one model: `state = init()`, then `state, block = run(state, draws)` as often as wanted.

    `options` is that of one of the samplers. Draw n uses the key fold(key, n) only. Chains
    are spread over `devices` (all local ones unless given) where their number divides.
    """

    def __init__(
        self,
        model: Model,
        options: Any,
        key: Array,
        parameters: Any = None,
        weights: Any = None,
        *,
        capacity: int = CAPACITY,
        devices: Sequence[jax.Device] | None = None,
    ) -> None:
        self.model, self.options, self.weights = model, options, weights
        self.words = random.key_words(key)
        self.parameters = cast_parameters(model, model.parameters if parameters is None else parameters)
        self.program: Program
        if isinstance(options, FlowMetropolis):
            self.program, self.sharding = FlowProgram(model, options), None
        else:
            self.program = StepProgram(options.build(model), capacity, options.thin, options.save)
            self.sharding = chain_sharding(options.chains, devices)

    def init(self) -> RunState:
        """The state before the first draw; raises NumericalError if the action is not finite there."""
        chains = self.program.init(random.fold(self.words, 2**31), self.parameters, self.weights)
        action = np.asarray(self.model.action(chains.fields, self.parameters))
        if not np.all(np.isfinite(action)):
            raise NumericalError(f"the action of {self.model.name} is not finite at the start: try the other `start`")
        return self.place(RunState(jnp.asarray(-self.program.warmup, jnp.int32), chains))

    def place(self, state: RunState) -> RunState:
        """The state (say, of a checkpoint) with its chains spread over the devices."""
        if self.sharding is None:
            return jax.tree.map(jnp.asarray, state)
        mesh = self.sharding

        def spread(leaf: Any) -> Array:
            has_chains = np.ndim(leaf) > 0 and np.shape(leaf)[-1] % mesh.size == 0
            axes = (None,) * (np.ndim(leaf) - 1) + ("chain",) if has_chains else ()
            return jax.device_put(leaf, NamedSharding(mesh, PartitionSpec(*axes)))

        return jax.tree.map(spread, state)

    def run(self, state: RunState, draws: int) -> tuple[RunState, Block]:
        """The next `draws` draws, which may end in or begin after warm-up but not span its end.

        Raises NumericalError where more than a tenth of the energy differences are NaN or the fields are not finite.
        """
        first = int(state.index)
        if draws < 1 or first < 0 < first + draws:
            raise RuntimeInputError(f"{draws} draws from number {first}: warm-up ends at 0 and needs blocks of its own")
        parts = []
        while draws > 0:
            count = min(draws, self.program.limit(int(state.index)))
            state, part = self._block(state, count)
            parts.append(part)
            draws -= count
        return state, join_blocks(parts)

    def _block(self, state: RunState, count: int) -> tuple[RunState, Block]:
        first = int(state.index)
        arguments = (self.words, state.chains, self.parameters, self.weights, np.int32(first), np.int32(count))
        chains, buffers = self.program.block(*arguments, warm=first < 0)
        if first < 0 == first + count:
            chains = self.program.end_warmup(chains)
        block = collect(buffers, first, count, self.options.save)
        check(block, chains, self.model.name, self.program.remedy)
        return RunState(jnp.asarray(first + count, jnp.int32), chains), block


def chain_sharding(chains: int, devices: Sequence[jax.Device] | None) -> Any:
    """A mesh with the axis `chain`, or None for a single device or a number of chains that does not divide."""
    found = jax.local_devices() if devices is None else list(devices)
    if len(found) < 2 or chains % len(found):
        return None
    return jax.make_mesh((len(found),), ("chain",), axis_types=(AxisType.Auto,), devices=found)


def collect(buffers: dict[str, Any], first: int, count: int, save: int) -> Block:
    """Buffers of `run_block` as numpy arrays of the draws that were made."""
    rows = jax.tree.map(lambda b: np.asarray(b)[:count], {k: buffers.get(k, {}) for k in ("series", "info")})
    kept, slot = saved_draws(first, count, save if first >= 0 else 0)
    fields = buffers.get("configurations")
    configurations = {} if fields is None else {k: np.asarray(v)[slot] for k, v in fields._asdict().items()}
    return Block(first, count, rows["series"], rows["info"], configurations, kept)


def join_blocks(parts: Sequence[Block]) -> Block:
    """Consecutive blocks as one."""
    if len(parts) == 1:
        return parts[0]

    def join(name: str) -> dict[str, np.ndarray]:
        return {k: np.concatenate([getattr(p, name)[k] for p in parts]) for k in getattr(parts[0], name)}

    saved = np.concatenate([p.saved for p in parts])
    draws = sum(p.draws for p in parts)
    return Block(parts[0].first, draws, join("series"), join("info"), join("configurations"), saved)


def check(block: Block, chains: Any, name: str, remedy: str) -> None:
    """Raise NumericalError with a remedy for NaN in the fields or in many energy differences of production draws."""
    place = f"draws {block.first} to {block.first + block.draws - 1} of {name}"
    if not all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(chains.fields)):
        raise NumericalError(f"{place}: the fields are not finite; try {remedy}")
    invalid = float(np.mean(block.info["invalid"]))
    if block.first >= 0 and invalid > INVALID_LIMIT:
        raise NumericalError(f"{place}: {invalid:.0%} of the energy differences are NaN; try {remedy}")

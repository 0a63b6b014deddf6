"""Links of SU(n) and U(n) as components: loops are products."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime import random
from lqdsl.runtime.kernels.border import apart

Stored = tuple[jax.Array, ...]


@dataclass(frozen=True)
class Matrices:
    """What coupling layers do with matrices [c, row, b] in the layout of the field."""

    group: Any

    is_angle: ClassVar[bool] = False

    @property
    def components(self) -> int:
        return self.group.components

    @property
    def channels(self) -> int:
        """Traces of SU(2) are real."""
        return 1 if self.components == 4 else 2

    def loop(self, links: jax.Array, signs: np.ndarray) -> Stored:
        """links [c, step, n, b] along a path to its product."""
        form = self.group.form
        steps = [form.from_field(links[:, k]) for k in range(len(signs))]
        steps = [step if sign > 0 else form.adjoint(step) for step, sign in zip(steps, signs, strict=True)]
        return self._product(steps)

    def features(self, loop: Stored) -> jax.Array:
        """Re tr / n and Im tr / n, [channel, n, b]."""
        form = self.group.form
        parts = [form.re_tr(loop), form.im_tr(loop)][: self.channels]
        return jnp.stack(parts) / self.group.n

    def adjoint(self, links: jax.Array) -> jax.Array:
        """U^+ of links [c, n, b]."""
        form = self.group.form
        return form.to_field(form.adjoint(form.from_field(links)))

    def moved(self, link: jax.Array, loop: Stored, image: Stored) -> jax.Array:
        """U' = P' P^+ U for links [c, n, b], back on the group: a defect of U would triple with every update."""
        form = self.group.form
        product = self._product([image, form.adjoint(loop), form.from_field(link)])
        return form.to_field(apart(form.polished, product))

    def _product(self, factors: list[Stored]) -> Stored:
        """The ordered product, as a loop on CPU: XLA would repeat each product in all components of the next one."""
        stacked = jax.tree.map(lambda *parts: jnp.stack(parts), *factors[1:])
        unroll = 1 if jax.default_backend() == "cpu" else len(factors)
        return jax.lax.scan(lambda a, b: (self.group.form.multiply(a, b), None), factors[0], stacked, unroll=unroll)[0]

    def haar(self, key: jax.Array, rows: int, n: int, dtype: Any) -> jax.Array:
        """Matrices [c, row, n] from the Haar measure."""
        form = self.group.form
        return form.to_field(form.haar(random.key_words(key), (rows, n), dtype))

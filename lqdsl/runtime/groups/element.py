"""Elements of a gauge group at every site, and real-linear combinations of them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime.groups.borders import kept

if TYPE_CHECKING:
    from lqdsl.runtime.groups.group import Group

Stored = tuple[Array, ...]


@jax.tree_util.register_pytree_node_class
class Element:
    """Group elements on sites. `stored` are arrays [*leading, x..., ...batch] in the layout of `group.form`.

    Made from component arrays by `group.element(parts)`; `parts` gives them back.
    """

    def __init__(self, group: "Group", stored: Stored, factors: tuple[Stored, Stored] | None = None) -> None:
        """`factors`: what was multiplied to make `stored`, from which a trace takes fewer operations."""
        self.group, self.stored, self._factors = group, stored, factors

    def tree_flatten(self) -> tuple[Stored, "Group"]:
        return self.stored, self.group

    @classmethod
    def tree_unflatten(cls, group: "Group", stored: Any) -> Self:
        return cls(group, tuple(stored))

    @property
    def parts(self) -> tuple[Array, ...]:
        """Component arrays [x..., ...batch] in the order of the field."""
        return self.group.form.parts(self.stored)

    @property
    def H(self) -> "Element":
        """Adjoint."""
        return Element(self.group, self.group.form.adjoint(self.stored))

    def one(self) -> "Element":
        """1 on the same sites."""
        some = self.stored[0][(0,) * self.group.form.leading]
        return self.group.identity(some.shape, some.dtype)

    def as_matrix(self) -> "Matrix":
        """The same as an element of the algebra of matrices."""
        return Matrix(self.group, self.group.form.to_matrix(self.stored))

    def on_sites(self, function: Callable[[Array, int], Array]) -> "Element":
        """`function(leaf, leading)` of every stored array and the number of its leading axes, computed once."""
        leading = self.group.form.leading
        return Element(self.group, kept(lambda: tuple(function(leaf, leading) for leaf in self.stored)))

    def at(self, *site: int) -> "Element":
        """The element at one site, [...batch]."""
        return self.on_sites(lambda leaf, leading: leaf[(slice(None),) * leading + site])

    def filled(self, places: Sequence[tuple[tuple[int, ...], "Matrix"]]) -> "Matrix":
        """Matrices [...batch] at given sites, zero at all others, [x..., ...batch] as this element."""
        leading = self.group.form.matrices.leading

        def placed(leaf: Array, *values: Array) -> Array:
            for (site, _), value in zip(places, values, strict=True):
                leaf = leaf.at[(slice(None),) * leading + site].set(value)
            return leaf

        return jax.tree.map(placed, 0 * self.one(), *(matrix for _, matrix in places))

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, Element):
            form = self.group.form
            product = form.kept(lambda: form.multiply(self.stored, other.stored))
            return Element(self.group, product, (self.stored, other.stored))
        return self.as_matrix() @ other

    def __mul__(self, factor: Any) -> "Matrix":
        return self.as_matrix() * factor

    __rmul__ = __mul__

    def __neg__(self) -> "Matrix":
        return -self.as_matrix()

    def __add__(self, other: Any) -> "Matrix":
        return self.as_matrix() + other

    def __sub__(self, other: Any) -> "Matrix":
        return self.as_matrix() - other

    def re_tr(self) -> Array:
        """Re tr U [x..., ...batch]."""
        return kept(lambda: self._trace()[0])

    def im_tr(self) -> Array:
        """Im tr U [x..., ...batch]."""
        return kept(lambda: self._trace()[1])

    def _trace(self) -> tuple[Array, Array]:
        form = self.group.form
        if self._factors is not None and form.leading:
            return form.trace_of_product(*self._factors)
        matrix = self.as_matrix()
        return matrix.re_tr(), matrix.im_tr()

    def arg(self) -> Array:
        """arg det U in (-pi, pi], [x..., ...batch]."""
        return self.group.form.arg(self.stored)


@jax.tree_util.register_pytree_node_class
class Matrix:
    """A real-linear combination of group elements at every site; U(1): complex numbers, SU(2): quaternions."""

    def __init__(self, group: "Group", stored: Stored, is_sum: bool = False) -> None:
        self.group, self.stored, self._is_sum = group, stored, is_sum

    def tree_flatten(self) -> tuple[Stored, "Group"]:
        return self.stored, self.group

    @classmethod
    def tree_unflatten(cls, group: "Group", stored: Any) -> Self:
        return cls(group, tuple(stored))

    @property
    def parts(self) -> tuple[Array, ...]:
        """Component arrays [x..., ...batch]: U(1) re and im, SU(2) the quaternion, else as for elements."""
        return self.group.form.matrices.parts(self.stored)

    @property
    def H(self) -> "Matrix":
        """Adjoint."""
        return Matrix(self.group, self.group.form.matrices.adjoint(self.stored), self._is_sum)

    def as_matrix(self) -> "Matrix":
        """Itself."""
        return self

    def kept(self) -> "Matrix":
        """Itself, a sum computed once."""
        return Matrix(self.group, kept(lambda: self.stored)) if self._is_sum else self

    def on_sites(self, function: Callable[[Array, int], Array]) -> "Matrix":
        """`function(leaf, leading)` of every stored array and the number of its leading axes, computed once."""
        leading = self.group.form.matrices.leading
        stored = self.kept().stored
        return Matrix(self.group, kept(lambda: tuple(function(leaf, leading) for leaf in stored)))

    def __matmul__(self, other: Any) -> "Matrix":
        form, left, right = self.group.form, self.kept().stored, other.as_matrix().kept().stored
        return Matrix(self.group, form.kept(lambda: form.matrices.multiply(left, right)))

    def __mul__(self, factor: Any) -> "Matrix":
        return Matrix(self.group, tuple(factor * leaf for leaf in self.stored), True)

    __rmul__ = __mul__

    def __neg__(self) -> "Matrix":
        return Matrix(self.group, tuple(-leaf for leaf in self.stored), True)

    def __add__(self, other: Any) -> "Matrix":
        pairs = zip(self.stored, other.as_matrix().stored, strict=True)
        return Matrix(self.group, tuple(a + b for a, b in pairs), True)

    def __sub__(self, other: Any) -> "Matrix":
        return self + (-other)

    def times_i(self) -> "Matrix":
        """i M; raises RuntimeInputError for SU(2), whose real combinations do not hold it."""
        return Matrix(self.group, self.group.form.matrices.times_i(self.stored), True)

    def re_tr(self) -> Array:
        """Re tr M [x..., ...batch]."""
        return self.group.form.matrices.re_tr(self.stored)

    def im_tr(self) -> Array:
        """Im tr M [x..., ...batch]."""
        return self.group.form.matrices.im_tr(self.stored)


def link_force(link: Element, staple: Matrix) -> Array:
    """F_a = -Re tr(T_a U V) [a, x..., ...batch] of the action Re tr(U V); U(1): Im(U V) [x..., ...batch]."""
    return link.group.form.force((link.as_matrix() @ staple).stored)


def link_forces(links: Sequence[Element], staples: Sequence[Matrix]) -> Array:
    """`link_force` of every direction, [mu, a, x..., ...batch]; one product for all directions."""
    kept_staples = [staple.kept() for staple in staples]
    link, staple = (
        jax.tree.map(lambda *leaves: jnp.stack(leaves, axis=links[0].group.form.leading), *each)
        for each in ([link.as_matrix() for link in links], kept_staples)
    )
    force = link_force(link, staple)
    return force if links[0].group.components == 1 else force.swapaxes(0, 1)

"""Laws of all groups, in float64 to rounding; moments of the Haar measure within 4 standard errors (6e-5 each)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled
from runtime.groups_registry import GROUPS, algebra_shape, basis, dense, in_algebra
from scipy.linalg import expm

from lqdsl.runtime import random
from lqdsl.runtime.gauge import path
from lqdsl.runtime.groups import borders, link_force, link_forces
from lqdsl.runtime.kinds import Links, stack_links
from lqdsl.runtime.lattice import Lattice

SHAPE = (4, 3, 2)
WORDS = random.key_words(jax.random.key(5))
SLOW = ("SU(4)", "U(2)", "U(3)")
each_group = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in GROUPS]
)

some_groups = pytest.mark.parametrize("name", ["U(1)", "SU(2)", "SU(3)", pytest.param("U(2)", marks=pytest.mark.slow)])


def haar(name: str, number: int = 0, shape: tuple[int, ...] = SHAPE):
    return GROUPS[name].haar(random.fold(WORDS, number), shape, "float64")


def adjoint(a: np.ndarray) -> np.ndarray:
    return np.conj(np.swapaxes(a, -1, -2))


def close(a, b, tolerance: float = 1e-13) -> bool:
    return np.max(np.abs(np.asarray(a) - np.asarray(b))) < tolerance


@each_group
def test_generators_are_normalised(name: str) -> None:
    group, table = GROUPS[name], basis(GROUPS[name])
    norm = -1.0 if group.n == 1 else -0.5
    assert len(table) == group.dimension and close(adjoint(table), -table)
    assert close(np.einsum("aij,bji->ab", table, table), norm * np.eye(group.dimension))
    if name.startswith("SU"):
        assert close(np.trace(table, axis1=1, axis2=2), 0)


@each_group
def test_products_and_adjoints(name: str) -> None:
    a, b, c = (haar(name, number) for number in range(3))
    assert close(dense(a @ b.H @ c), dense(a) @ adjoint(dense(b)) @ dense(c))
    sum_ = 0.3 * a - 2.0 * (b @ c)
    found = 0.3 * dense(a) - 2.0 * dense(b) @ dense(c)
    assert close(dense(sum_), found) and close(dense(sum_.H), adjoint(found))
    assert close(dense(sum_ @ a), found @ dense(a)) and close(dense(c @ sum_), dense(c) @ found)
    trace = np.trace(found, axis1=-1, axis2=-2)
    assert close(sum_.re_tr(), trace.real)
    if name != "SU(2)":
        assert close(sum_.im_tr(), trace.imag) and close(dense(sum_.times_i()), 1j * found)
    assert close(dense(a.one()), np.eye(GROUPS[name].n)) and close(dense(-a + a), 0)


@each_group
def test_haar_elements_lie_on_the_group(name: str) -> None:
    matrices = dense(haar(name))
    assert close(matrices @ adjoint(matrices), np.eye(GROUPS[name].n))
    if name.startswith("SU"):
        assert close(np.linalg.det(matrices), 1)
    assert close(haar(name).arg(), np.angle(np.linalg.det(matrices)))


@each_group
def test_haar_moments(name: str) -> None:
    """<U_ij> = 0, <|U_ij|^2> = 1/n, <tr U tr U*> = 1, <(Re tr U)^2> = 1 (SU(2)) or 1/2, <|tr U|^4> = 2 for n > 2."""
    count, n = 40000, GROUPS[name].n
    matrices = dense(haar(name, 7, (count,)))
    trace = np.trace(matrices, axis1=-1, axis2=-2)

    def agrees(numbers: np.ndarray, exact: float) -> bool:
        return bool(np.all(np.abs(numbers.mean(0) - exact) < 4 * numbers.std(0) / np.sqrt(count) + 1e-12))

    assert agrees(matrices.real, 0) and agrees(matrices.imag, 0) and agrees(np.abs(matrices) ** 2, 1 / n)
    assert agrees(np.abs(trace) ** 2, 1) and agrees(trace.real**2, 1 if name == "SU(2)" else 0.5)
    if n > 2:
        assert agrees(np.abs(trace) ** 4, 2)


@pytest.mark.parametrize("size", [0.0, 0.3, 30.0])
@each_group
def test_exponential(name: str, size: float) -> None:
    group = GROUPS[name]
    p = size * random.normal(WORDS, algebra_shape(group, SHAPE), "float64")
    expected = np.vectorize(expm, signature="(n,n)->(n,n)")(in_algebra(group, p))
    found = group.exponential(p)
    assert close(dense(found), expected, 1e-14 * (10 + 10 * size))
    assert close(dense(group.algebra_matrix(p)), in_algebra(group, p))
    assert close(dense(group.exponential(-p)), dense(found.H), 1e-14 * (10 + 10 * size))


def test_exponential_at_equal_eigenvalues() -> None:
    """Value and gradient where two or all eigenvalues of SU(3) meet."""
    group = GROUPS["SU(3)"]
    p = jnp.zeros((8, 2)).at[7, 0].set(0.7)
    assert close(dense(group.exponential(p)), [expm(a) for a in in_algebra(group, p)])
    slope = compiled(jax.jacfwd(lambda p: group.exponential(p).stored))(p[:, 1])
    assert close(slope[0] + 1j * slope[1], np.moveaxis(basis(group), 0, -1))


@each_group
def test_reunitarise(name: str) -> None:
    group, element = GROUPS[name], haar(name)
    noisy = jax.tree.map(lambda leaf: leaf + 1e-6 * random.normal(WORDS, leaf.shape, "float64"), element)
    matrices = dense(group.reunitarise(noisy))
    assert close(matrices, dense(element), 1e-4) and close(matrices @ adjoint(matrices), np.eye(group.n))
    assert close(dense(group.reunitarise(element)), dense(element))


@some_groups
def test_link_force(name: str) -> None:
    """-d/dt Re tr(exp(t_a T_a) U V) at t = 0 by differentiation, and -Re tr(T_a U V) by matrices."""
    group, link = GROUPS[name], haar(name)
    staple = 1.3 * haar(name, 1) - 0.4 * haar(name, 2)

    def action(t):
        return jnp.sum((group.exponential(t) @ link @ staple).re_tr())

    found = compiled(link_force)(link, staple)
    zero = jnp.zeros(algebra_shape(group, SHAPE))
    assert close(found, -compiled(jax.grad(action))(zero))
    product = np.einsum("aij,...ji->a...", basis(group), dense(link) @ dense(staple))
    assert close(found, -product.real[0] if group.n == 1 else -product.real)
    together = compiled(link_forces)([link, link], [staple, 2.0 * staple])
    assert close(together[0], found) and close(together[1], 2 * found)


@some_groups
def test_fields_of_links(name: str) -> None:
    """Fields to links and back, shifts, paths; borders change nothing."""
    kind, lattice = Links(GROUPS[name], 2), Lattice((4, 3))
    values = kind.random(WORDS, lattice, 2, "float64", True)
    assert values.shape == (*kind.shape(lattice), 2)
    links = kind.links(values)
    assert close(stack_links(links), values, 1e-15) and close(kind.join(kind.split(values)), values, 1e-15)
    assert close(dense(lattice.shift(links[0], (1, -1))), np.roll(dense(links[0]), (-1, 1), (0, 1)), 1e-15)
    moved = dense(lattice.shift(links[1], (1, 0))), dense(lattice.shift(links[0], (0, 1)))
    plaquette = dense(links[0]) @ moved[0] @ adjoint(moved[1]) @ adjoint(dense(links[1]))
    assert close(dense(path(lattice, links, (1, 2, -1, -2))), plaquette)

    @compiled
    def bordered(values, always):
        with borders(always):
            return path(lattice, kind.links(values), (1, 2, -1, -2))

    assert close(dense(bordered(values, True)), plaquette)
    momenta = random.normal(WORDS, (*kind.momentum_shape(lattice), 2), "float64")
    time = jnp.asarray([0.1, 0.4])
    drifted = kind.links(kind.drift(values, momenta, time))
    expected = GROUPS[name].exponential(time * momenta[1]) @ links[1]
    assert close(dense(drifted[1]), dense(expected))

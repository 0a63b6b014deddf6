"""Gauge theories of all groups and of several shapes, on lattices small enough for autodiff; each law runs over them."""

PLAQUETTE = "loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))\n"
RECTANGLE = (
    "loop R[mu, nu](x) = U[mu](x) * U[mu](x + mu) * U[nu](x + 2*mu) * adj(U[mu](x + mu + nu)) * adj(U[mu](x + nu))"
    " * adj(U[nu](x))\n"
)


def theory(action: str, group: str, lattice: str = "[4, 4]", more: str = "") -> str:
    """Source of a theory of links `U`."""
    head = f"param beta : real = 1.7\nlattice {lattice}\nfield U : link {group}\n{PLAQUETTE}{RECTANGLE}"
    return f"{head}action = {action}\nobservable w[n] = mean[x]( retr(P[0, 1](x)^n) )\nindex n = 1..2\n{more}"


WILSON = "-beta * sum[x, mu < nu]( retr(P[mu, nu](x)) )"
IMPROVED = "-beta * sum[x, mu < nu]( 5/3 * retr(P[mu, nu](x)) - 1/12 * (retr(R[mu, nu](x)) + retr(R[nu, mu](x))) )"
ADJOINT = "-beta * sum[x, mu < nu]( retr(P[mu, nu](x)) + 0.3 * (re(tr(P[mu, nu](x)))^2 + im(tr(P[mu, nu](x)))^2) )"
THETA = "-beta * sum[x, mu < nu]( retr(P[mu, nu](x)) ) + 0.2 * sum[x]( im(tr(P[0, 1](x))) )"
WOUND = "sum[x]( retr(P[0, 1](x) * P[0, 1](x)) - beta * retr(prod[k = 0..3](U[0](x + k*e[0]))) )"
GLOBAL = "beta * (sum[x]( retr(P[0, 1](x)) ) - 3)^2 / 16 - sum[x, mu < nu]( retr(P[mu, nu](x)) )"
CHARGE = "-beta * sum[x]( cos(arg(P[0, 1](x))) )"
HIGGS = """param beta : real = 1.7
lattice [4, 4]
field U : link U(1)
field phi : complex
{loop}action = -beta * sum[x, mu < nu]( re(P[mu, nu](x)) )
    + sum[x]( |phi(x)|^2 + 0.4 * |phi(x)|^4 - 0.6 * sum[mu]( re(conj(phi(x)) * U[mu](x) * phi(x + mu)) ) )
symmetry gauge(U), rotations, reflections
"""

TOGETHER = """param beta : real = 1.7
lattice [4, 4]
field U : link {group}
field V : link {group}
{loop}action = -beta * sum[x, mu < nu]( retr(P[mu, nu](x)) ) - 0.4 * sum[x, mu]( retr(U[mu](x) * adj(V[mu](x))) )
observable mixed = mean[x]( retr(U[0](x) * V[1](x + e[0]) * adj(U[0](x + e[1])) * adj(V[1](x))) )
symmetry gauge(U, V), rotations, reflections
"""

THEORIES = {
    "u1": theory(WILSON, "U(1)"),
    "u1 on three axes": theory(WILSON, "U(1)", "[2, 3, 4]"),
    "u1 improved": theory(IMPROVED, "U(1)"),
    "u1 theta": theory(THETA, "U(1)"),
    "u1 wound": theory(WOUND, "U(1)"),
    "u1 charge": theory(CHARGE, "U(1)"),
    "u1 global": theory(GLOBAL, "U(1)"),
    "su2": theory(WILSON, "SU(2)"),
    "su2 adjoint": theory(ADJOINT, "SU(2)"),
    "su2 improved on three axes": theory(IMPROVED, "SU(2)", "[4, 2, 3]"),
    "su3": theory(WILSON, "SU(3)"),
    "su3 improved": theory(IMPROVED, "SU(3)"),
    "su3 theta": theory(THETA, "SU(3)"),
    "su3 adjoint": theory(ADJOINT, "SU(3)"),
    "su3 on four axes": theory(WILSON, "SU(3)", "[2, 2, 2, 2]"),
    "u2 wound": theory(WOUND, "U(2)"),
    "u2 charge": theory(CHARGE, "U(2)"),
    "su4": theory(WILSON, "SU(4)"),
    "su2 in planes": theory("-beta * sum[x]( retr(P[0, 1](x)) )", "SU(2)", "[2, 2, 3]"),
    "su2 beside idle matrices": theory(WILSON, "SU(2)", "[3, 3]", "field G : SU(2)"),
    "u1 together": TOGETHER.format(group="U(1)", loop=PLAQUETTE),
    "su2 together": TOGETHER.format(group="SU(2)", loop=PLAQUETTE),
    "higgs": HIGGS.format(loop=PLAQUETTE),
}

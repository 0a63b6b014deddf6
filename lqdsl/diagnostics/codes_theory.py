"""Titles and explanations of E02xx to E06xx: names, kinds and indices, symmetries, lattice and masks, action."""

THEORY: dict[str, tuple[str, str]] = {
    "E0201": (
        "unknown name",
        """
The name was not declared in this file and is not one that the language brings along.

Bad:
    param m2 : real = -4.0
    action = sum[x]( mass2 * phi(x)^2 )
Good:
    param m2 : real = -4.0
    action = sum[x]( m2 * phi(x)^2 )
""",
    ),
    "E0202": (
        "name defined twice",
        """
Parameters, fields, indices, lets, loops, observables and derived quantities share one set of names. The second place
shows the first definition.

Bad:
    param beta : real = 6.0
    observable beta = mean[x]( phi(x) )
Good:
    param beta : real = 6.0
    observable magnetisation = mean[x]( phi(x) )
""",
    ),
    "E0203": (
        "name that the language uses itself",
        """
Names such as `pi`, `volume`, `exp` or `re` have a fixed meaning and cannot be given another one.

Bad:
    param pi : real = 3.14
Good:
    param p : real = 3.14
""",
    ),
    "E0301": (
        "kinds do not fit",
        """
The two sides of an operation, or a function and its argument, are of kinds that do not go together.

Bad:
    field n : vector(3)
    action = sum[x]( exp(n(x)) )
Good:
    field n : vector(3)
    action = sum[x]( exp(-dot(n(x), n(x))) )
""",
    ),
    "E0302": (
        "wrong number of indices or arguments",
        """
A field, a loop or a function was given more or fewer indices or arguments than it was declared with.

Bad:
    loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
    action = -beta * sum[x, mu]( re(tr(P[mu](x))) )
Good:
    action = -beta * sum[x, mu < nu]( re(tr(P[mu, nu](x))) )
""",
    ),
    "E0303": (
        "index out of range",
        """
Directions run from 0 to d-1 on a lattice of d axes, components from 0 to n-1, declared indices over their own range.

Bad:
    lattice [8, 8]
    action = sum[x]( phi(x) * phi(x + e[2]) )
Good:
    lattice [8, 8]
    action = sum[x]( phi(x) * phi(x + e[1]) )
""",
    ),
    "E0304": (
        "site or index used outside its sum",
        """
`x, y, mu, nu` and the names of indices have a value only inside a `sum`, `mean` or `prod` that binds them, or as
parameter of the `let` or `loop` in which they stand.

Bad:
    action = phi(x)^2
Good:
    action = sum[x]( phi(x)^2 )
""",
    ),
    "E0305": (
        "vector where a scalar is needed",
        """
Action, observables and arguments of functions are scalars: take a component, a product or a norm of the vector.

Bad:
    field n : vector(3)
    action = sum[x]( n(x) )
Good:
    field n : vector(3)
    action = sum[x]( dot(n(x), n(x)) )
""",
    ),
    "E0401": (
        "symmetry does not hold",
        """
The action changes under the symmetry that the file claims; the term shown is the one that breaks it.
Claims are checked on the symbolic action, because flows, masks and observables are built upon them.

Bad:
    action = sum[x]( phi(x)^4 + h * phi(x) )
    symmetry Z2 : phi -> -phi
Good:
    action = sum[x]( phi(x)^4 )
    symmetry Z2 : phi -> -phi
""",
    ),
    "E0402": (
        "symmetry could not be proved",
        """
The difference between the action and its image did not simplify to zero, nor was a configuration found for which it
is not. Write the action so that the symmetry is visible, or leave the claim out: exactness does not need it.

Bad:
    action = sum[x]( sin(phi(x))^2 + cos(phi(x) + a)^2 )
    symmetry Z2 : phi -> -phi
Good:
    action = sum[x]( sin(phi(x))^2 + cos(phi(x))^2 )
    symmetry Z2 : phi -> -phi
""",
    ),
    "E0403": (
        "unknown symmetry",
        """
Symmetries that need no map are translations, rotations, reflections and permutations of the lattice; gauge(U) of links,
gauge(U, V) of those that transform together; O(phi) of vectors; chiral(U), left(U) and right(U) of matrices at sites;
permutations(r) of an index; translations(r), rotations(r) and reflections(r) of a box. All others are given by a name
and a map.

Bad:
    symmetry parity
Good:
    symmetry reflections
    symmetry Z2 : phi -> -phi
    symmetry turn : theta -> theta + alpha
""",
    ),
    "E0501": (
        "lattice extents not valid",
        """
A lattice has one to four axes, each of a whole number of sites, at least one, known when the theory is compiled.
Across an antiperiodic border real, complex and vector fields and unit vectors change sign: the action has to be even in
them, and so has each sum over sites that is multiplied by fields, since an odd one depends on where the border lies.
Angles, points of a box, matrices and links need periodic boundaries.

Bad:
    lattice [8, 0]
Good:
    lattice [8, 8]
""",
    ),
    "E0502": (
        "mask does not fit the extents",
        """
A periodic mask closes on the lattice only if its period divides the extents; the note names extents that work.

Bad:
    lattice [7, 7]
    flow { couple phi { mask = checkerboard } }
Good:
    lattice [8, 8]
    flow { couple phi { mask = checkerboard } }
""",
    ),
    "E0503": (
        "mask leaves variables that are never updated",
        """
Within the layers of a flow every variable has to be active at least once, else it keeps the distribution of the prior.

Bad:
    flow { couple phi { layers = 1   mask = checkerboard } }
Good:
    flow { couple phi { layers = 2   mask = checkerboard } }
""",
    ),
    "E0504": (
        "loop that cannot carry an update",
        """
A coupling of links multiplies each active link by a function of the loop that leaves from it, so `via` takes closed
loops of links of that field. What the nets see, `context`, are such loops as well: only they are gauge invariant.

Bad:
    loop S[mu](x) = U[mu](x) * U[mu](x + mu)
    flow { couple U via S { layers = 8 } }
Good:
    loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
    flow { couple U via P { layers = 8 } }
""",
    ),
    "E0601": (
        "action is not real",
        """
The weight exp(-S) is a probability only if S is real for every configuration.

Bad:
    field phi : complex
    action = sum[x]( phi(x)^2 )
Good:
    field phi : complex
    action = sum[x]( abs(phi(x))^2 )
""",
    ),
    "E0602": (
        "action is not bounded below",
        """
The potential falls without bound in some direction of field space, or stays the same along it, or falls too fast where
a divisor or the argument of a logarithm goes to zero: exp(-S) cannot be normalised.

Bad:
    action = sum[x]( phi(x)^2 - phi(x)^4 )
    action = sum[x]( phi(x)^2 + 1 / phi(x) )
Good:
    action = sum[x]( phi(x)^4 - phi(x)^2 )
    action = sum[x]( phi(x)^2 + 1 / phi(x)^2 )
""",
    ),
    "E0603": (
        "no action",
        """
A theory is its action; a file without one says nothing that could be sampled. There is exactly one.

Bad:
    theory free
    field phi : real
Good:
    theory free
    lattice [8]
    field phi : real
    action = sum[x]( phi(x)^2 )
""",
    ),
    "E0604": (
        "double sum that does not separate",
        """
A sum over pairs of sites is lowered to products of sums over one site; that needs a body that is a product of a part in
x and a part in y. A direct sum over all pairs would cost volume squared in every step.

Bad:
    action = sum[x, y]( exp(-(phi(x) - phi(y))^2) )
Good:
    action = sum[x, y]( phi(x) * phi(y) ) / volume
""",
    ),
    "E0605": (
        "not periodic in an angle or in a box",
        """
An angle is known modulo 2 pi, so action and observables must not change when it grows by 2 pi: they are written with
sin and cos of whole multiples of angles. The coordinates of a point of a `box` are known modulo its sides: action and
observables are made of differences of two points, which are those of the nearest images, and of waves that fit the box.

Bad:
    field theta : angle
    action = sum[x, mu]( (theta(x + mu) - theta(x))^2 )
Good:
    field theta : angle
    action = -sum[x, mu]( cos(theta(x + mu) - theta(x)) )
Bad:
    field r[p] : box(5, 5)
    action = sum[p]( r[p][0]^2 )
Good:
    field r[p] : box(5, 5)
    action = sum[p < q]( exp(-|r[p] - r[q]|^2) ) + sum[p]( cos(2*pi*r[p][0] / 5) )
""",
    ),
}

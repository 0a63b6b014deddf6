"""Spins, matrices at sites, fields with an index, actions that name sites, and terms that do not fit into a line."""

SITES = "lattice [4, 6]\n"
ARM = """param sigma : real = 0.5
param l : real = [0.2, 0.2, 0.3, 0.2, 0.2, 0.1]
index k = 0..5
field theta[k] : angle
let px = sum[k]( l[k] * cos(sum[j <= k](theta[j])) )
let py = sum[k]( l[k] * sin(sum[j <= k](theta[j])) )
action = ((px - 0.5)^2 + (py - 0.3)^2) / (2*sigma^2)
"""
LONG = " + ".join(f"{n}.25 * cos({n} * phi(x) + 0.125 * phi(x + e[1]))" for n in range(1, 9))

THEORIES = {
    "xy": SITES + "field theta : angle\naction = -1.1 * sum[x, mu]( cos(theta(x + mu) - theta(x)) )",
    "xy with higher harmonics": SITES
    + "field t : angle\naction = -sum[x, mu]( cos(t(x + mu) - t(x))^3 ) + 0.3 * sum[x]( sin(2*t(x)) )",
    "o3": SITES + "field s : sphere(3)\naction = -1.3 * sum[x, mu]( dot(s(x), s(x + mu)) )",
    "cp1": SITES + "field s : sphere(4)\naction = -sum[x, mu]( dot(s(x), s(x + mu))^2 ) + 0.2 * sum[x]( s(x)[1] )",
    "chiral su2": SITES + "field U : SU(2)\naction = -sum[x, mu]( retr(adj(U(x)) * U(x + mu)) )",
    "chiral su3": SITES
    + "field U : SU(3)\naction = -sum[x, mu]( retr(adj(U(x)) * U(x + mu)) ) - 0.3 * sum[x]( retr(U(x)) )",
    "phases": SITES + "field z : U(1)\naction = -sum[x, mu]( re(conj(z(x)) * z(x + mu)) ) - sum[x]( re(z(x)^3) )",
    "cylinder": SITES
    + "field t : angle\nfield q : real\naction = sum[x]( q(x)^2 * (2 + sin(t(x))) + (q(x + e[0]) - q(x))^2 - cos(t(x)) )",
    "arm": ARM,
    "polymer": "param l = [1, 0.5]\nindex k = 1..18\nfield r[k] : vector(2)\naction = sum[k]( dot(r[k], r[k]) ) "
    "+ sum[n = 1..17]( (norm(r[n + 1] - r[n])^2 - 1)^2 ) + sum[n = 1..2]( l[n - 1] * r[n + 16][0] )",
    "constant force": "index k = 0..1\nfield s[k] : sphere(3)\naction = -3 * s[0][0] - 2 * s[0][1]^2 - s[1][2]",
    "particles": """index p = 1..4
field r[p] : vector(2)
let V(d) = 0.3 * (d - 1)^2
action = sum[p]( dot(r[p], r[p]) ) + sum[p < q]( V(|r[p] - r[q]|) ) + prod[p]( 1 + r[p][0]^2 / 10 )
""",
    "box": """param L : real = 7.0
index p = 1..6
field r[p] : box(L, 9)
let V(d) = 3 * exp(-2*d^2)
action = sum[p < q]( V(|r[p] - r[q]|) ) + sum[p]( 0.4 * cos(2*pi * r[p][0] / L) ) + cos(2*pi * (r[1] - r[2])[1] / 9)
""",
    "cells": SITES + "field r : box(2.0, 3.0, 2.0)\nfield q : real\naction = sum[x, mu]( |r(x) - r(x + mu)|^2 ) "
    "+ sum[x]( q(x)^2 * (2 + sin(pi*r(x)[0])) + 1 / (1 + |r(x) - r(x + 2*e[1])|) )",
    "matrices": """param J : real = [0.3, -0.2, 0.4]
index k = 1..3
field G[k] : SU(2)
action = -J[0] * retr(G[1] * adj(G[2])) - J[1] * retr(G[2] * G[3]^2) - J[2] * retr(G[3])^2
""",
    "many matrices": """param beta : real = 1.7
index k = 1..6
field G[k] : SU(3)
field z[k] : U(1)
field q[k] : real
action = -beta * sum[j < k]( retr(G[j] * adj(G[k])) * re(z[j]^2 * conj(z[k])) / k ) + 0.4 * retr(G[4] * G[6] * adj(G[1]))
  + sum[k]( q[k]^2 * (2 + im(z[k])) + q[k] * im(tr(G[k])) ) + 0.2 * sum[k]( retr(adj(G[5]) * G[k]) ) + arg(z[3])^2
""",
    "named matrices": SITES
    + "field U : SU(2)\nfield z : U(1)\naction = -sum[x, mu]( retr(adj(U(x)) * U(x + mu)) * re(z(x)) ) "
    "+ 0.7 * retr(U(0, 3) * adj(U(2, 2))) * re(z(1, 1) * z(0, 3)) - retr(U(0, 3)) + sum[x]( re(z(0, 0) * z(x)^2) )",
    "mean field of phases": "lattice [4, 3]\nfield z : U(1)\n"
    "action = -sum[x, y]( re(conj(z(x)) * z(y + e[0])^2) ) / 3 + sum[x, y]( im(z(x) * z(x + e[0]) * z(y)) )^2 / 40",
    "products across a border": "lattice [4, 3]\nboundary antiperiodic in 0\nfield p : real\nfield s : sphere(2)\n"
    "action = sum[x]( p(x)^2 + p(x)^4 ) - sum[x, y]( p(x)*p(y + e[0])*dot(s(x + e[0]), s(y - e[0])) ) / 3 "
    "+ sum[x]( p(x)*p(x + e[0])^3 )^2 / 40 - sum[x]( s(x - e[0])[0] * p(x + 2*e[0]) ) * p(0, 1) * s(3, 2)[1]",
    "source": SITES
    + "field phi : real\naction = sum[x]( phi(x)^2 + phi(x)^4 ) - 0.7 * phi(0, 3) * phi(1, 1)^2 * sum[x]( phi(x) )",
    "long negative product": SITES
    + f"field phi : real\naction = sum[x]( phi(x)^4 - exp(-phi(x)^2) * (1.5 + {LONG}) * (2.5 + {LONG}) )",
    "long square": SITES + f"field phi : real\naction = sum[x]( phi(x)^2 + 0.01 * (1.5 + {LONG})^2 )",
}

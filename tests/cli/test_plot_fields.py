"""Pictures of every kind of field, from run directories that are filled with random configurations."""

from math import pi
from pathlib import Path
from typing import Any

import compiled
import jax
import numpy as np
import pytest

pytest.importorskip("matplotlib")

from lqdsl.plot import Run, all_pictures, spheres
from lqdsl.plot.configurations import sheets
from lqdsl.plot.coordinates import chart
from lqdsl.plot.maps import counted, exact
from lqdsl.runtime.campaign import create
from lqdsl.runtime.random import key_words
from lqdsl.runtime.storage import write_arrays

END = "sample hmc { chains = 2  draws = 40  save = 1 }\n"
PLAQUETTE = "loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))\n"
GAUGE = PLAQUETTE + "action = -2 * sum[x, mu < nu]( retr(P[mu, nu](x)) )\n"
SPINS = "action = -sum[x, mu]( dot(s(x), s(x + mu)) ) - sum[x]( s(x)[0] )\n"
THEORIES = {
    "angles": "lattice [4, 4]\nfield t : angle\naction = -sum[x, mu]( cos(t(x + mu) - t(x)) )\n",
    "chain": "lattice [6]\nfield z : complex\nfield n : vector(3)\n"
    "action = sum[x]( |z(x)|^2 + dot(n(x), n(x)) * (1 + |z(x)|^2) )\n",
    "rotors": "lattice [6]\nfield s : sphere(2)\n" + SPINS,
    "spins": "lattice [4, 4]\nfield s : sphere(3)\n" + SPINS,
    "four": "lattice [4, 4, 4]\nfield s : sphere(4)\n" + SPINS,
    "phases": "lattice [4, 4]\nfield U : U(1)\naction = -sum[x, mu]( re(conj(U(x)) * U(x + mu)) )\n",
    "chiral": "lattice [4, 4]\nfield U : SU(2)\naction = -sum[x, mu]( retr(adj(U(x)) * U(x + mu)) )\n",
    "su3": "lattice [2, 2, 4]\nfield U : link SU(3)\n" + GAUGE,
    "u1": "lattice [4, 4]\nfield U : link U(1)\n" + GAUGE,
    "particles": "index p = 1..4\nfield r[p] : vector(2)\nsymmetry permutations(r)\n"
    "action = sum[p]( dot(r[p], r[p]) ) + sum[p < q]( exp(-|r[p] - r[q]|) )\n",
    "box": "index p = 1..4\nfield r[p] : box(3.0, 2.0)\nsymmetry permutations(r)\n"
    "action = sum[p < q]( exp(-|r[p] - r[q]|) )\n",
    "segment": "index p = 1..2\nfield r[p] : box(3.0)\naction = exp(-|r[1] - r[2]|)\n",
    "cells": "lattice [6]\nfield r : box(3.0, 2.0, 1.0)\naction = sum[x, mu]( |r(x) - r(x + mu)| )\n",
    "cylinder": "lattice [1]\nfield t : angle\nfield q : real\naction = sum[x]( q(x)^2 * (2 + sin(t(x))) )\n",
    "torus": "index k = 0..1\nfield t[k] : angle\naction = -2 * cos(t[0] - t[1] - 1)\n",
    "sites": "index k = 0..4\nfield t[k] : angle\naction = -sum[k]( cos(t[k]) ) - cos(t[0] - t[1])\n",
}
WANTED = {
    "angles": "densities-t configurations-t",
    "chain": "densities-z densities-n configurations-z configurations-n",
    "rotors": "densities-s configurations-s",
    "spins": "densities-s configurations-s",
    "four": "densities-s configurations-s",
    "phases": "densities-U configurations-U",
    "chiral": "densities-U configurations-U",
    "su3": "configurations-U",
    "u1": "configurations-U",
    "particles": "densities-r configurations-r",
    "box": "densities-r configurations-r",
    "segment": "densities",
    "cells": "densities-r configurations-r",
    "cylinder": "densities",
    "torus": "densities",
    "sites": "densities-t configurations-t",
}
PANELS = {
    "sites": {"densities-t": 5},
    "segment": {"densities": 3},
    "cells": {"densities-r": 3},
    "u1": {"configurations-U": 6},
    "cylinder": {"densities": 3},
}
"""Axes of some figures, colour bars included."""


def model(name: str) -> Any:
    return compiled.module(f"theory {name}\n" + THEORIES[name] + END).MODEL


def filled(name: str, place: Path) -> Run:
    """A run directory with a configuration of each of forty draws of two chains that wait for their shard."""
    found = model(name)
    text = compiled.result(f"theory {name}\n" + THEORIES[name] + END).module
    run = create(place / name, name=name, module=text)
    arrays: dict[str, Any] = {"series/info:acceptance": np.ones(40), "configurations/draw": np.arange(40)}
    for number, (field, kind) in enumerate(zip(found.fields, found.kinds, strict=True)):
        values = np.asarray(kind.random(key_words(jax.random.key(number)), found.lattice, 80, "float64", True))
        shape = kind.shape(found.lattice)
        arrays[f"configurations/{field}"] = np.moveaxis(values.reshape(*shape, 40, 2), -2, 0)
    folder = run.checkpoints("sample-hmc")
    folder.mkdir(parents=True)
    number = found.samplers["hmc"].warmup + 40
    (folder / f"checkpoint-{number:09d}.npz").touch()
    write_arrays(folder / f"pending-{number:09d}.npz", arrays)
    return Run(place / name)


@pytest.mark.parametrize("name", THEORIES)
def test_every_kind_of_field(name: str, tmp_path: Path) -> None:
    run = filled(name, tmp_path)
    found = {picture.name: picture.draw() for picture in all_pictures(run)}
    assert run.notes == [] and list(found) == WANTED[name].split()
    for label, figure in found.items():
        assert all(axes.has_data() or axes.get_label() == "<colorbar>" for axes in figure.axes), label
        assert len(figure.axes) == PANELS.get(name, {}).get(label, len(figure.axes)), label


def test_plaquettes_of_angles() -> None:
    """Against sums of angles by hand."""
    found = model("u1")
    links = np.random.default_rng(1).uniform(-pi, pi, (2, 4, 4))
    plaquette = sheets("U", found.kinds.U, links, found.lattice)[0].values
    loop = links[0] + np.roll(links[1], -1, 0) - np.roll(links[0], -1, 1) - links[1]
    assert np.allclose(np.exp(1j * plaquette), np.exp(1j * loop), atol=1e-12)
    assert np.all(np.abs(plaquette) <= pi)


def test_map_of_a_torus(tmp_path: Path) -> None:
    run = filled("torus", tmp_path)
    coordinates = chart(run.model, 2)
    assert coordinates is not None
    density, ranges = exact(run, coordinates, ((-pi, pi), (-pi, pi)))
    centres = -pi + (np.arange(len(density)) + 0.5) * 2 * pi / len(density)
    expected = np.exp(2 * np.cos(centres[:, None] - centres - 1)) / (4 * pi**2 * np.i0(2.0))
    assert np.allclose(density, expected, rtol=1e-10)
    histogram, _ = counted(*(c.read(run.samples["hmc"]) for c in coordinates), ranges)
    assert histogram.sum() * (2 * pi) ** 2 / histogram.size == pytest.approx(1, abs=1e-12)


def test_map_of_a_sphere() -> None:
    """Fisher's distribution, k / (4 pi sinh k) exp(k z), and uniform points."""
    text = "theory fisher\nlattice [1]\nfield s : sphere(3)\naction = -sum[x]( 2 * s(x)[2] )\n"
    _, latitudes, density = spheres.exact(compiled.module(text).MODEL)
    heights = np.sin(latitudes)
    expected = (np.exp(2 * heights[1:]) - np.exp(2 * heights[:-1])) / np.diff(heights) / (4 * pi * np.sinh(2.0))
    assert np.allclose(density, expected[:, None], rtol=1e-3)
    points = np.random.default_rng(2).normal(size=(3, 40000))
    _, _, uniform = spheres.counted(points / np.linalg.norm(points, axis=0))
    counts = uniform * 40000 * 4 * pi / uniform.size
    assert counts.sum() == pytest.approx(40000)
    chi2 = np.sum((counts - 40000 / uniform.size) ** 2) / (40000 / uniform.size)
    assert abs(chi2 - uniform.size) < 4 * np.sqrt(2 * uniform.size)

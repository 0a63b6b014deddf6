"""The text of generated modules: golden, deterministic, formatted, and safe from the names of a theory.

`python tests/codegen/test_module.py` writes the golden modules anew; read them before they are kept.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from compiled import EXAMPLES, ROOT, configuration, example_text, module, result
from theories.theories import CASES

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.lqt"))
RUFF = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))
HOSTILE = [
    "jax", "jnp", "rt", "fields", "parameters", "observables", "None", "True", "class", "def", "lambda", "match", "type",
    "print", "self", "LATTICE", "KINDS", "MODEL", "Fields", "Parameters", "NamedTuple", "force", "action_density", "here",
    "site_action_phi", "phi_p0", "phi_m0", "total_0", "shared_0", "mean_", "count", "_replace", "_fields", "_x", "E", "I",
    "S", "N", "Symbol", "oo", "nan", "zeta", "gamma", "axis", "weights", "total", "force_phi",
]  # fmt: skip


ROTATING = """lattice [4, 4]
field t : angle
field u : angle
field s : sphere(3)
field q : real
action = sum[x, mu]( cos(t(x) - u(x + mu)) + q(x) * dot(s(x), s(x + mu)) ) + sum[x]( q(x)^2 )
"""


FIVE_FIELDS = "lattice [4, 4]\n{declared}action = sum[x]( {terms} )\n".format(
    declared="".join(f"field field_number_{k} : real\n" for k in "abcde"),
    terms=" + ".join(f"field_number_{k}(x)^2 + field_number_{k}(x)^4" for k in "abcde"),
)
MINUS_A_SUM = "lattice [8, 8, 8]\nfield a : angle\naction = -sum[x, mu]( cos(a(x + mu) - a(x)) )\n"
TWO_BRACKETS = """lattice {lattice}
param coupling_of_neighbours : real = 0.4
field a : angle
field some_angle : angle
action = -coupling_of_neighbours * sum[x, mu]( cos(a(x + mu) - a(x)) + cos(some_angle(x + mu) - 2*some_angle(x) + a(x)) )
"""
VACUUM = """lattice {lattice}
field spin : {kind}
action = -sum[x, mu]( dot(spin(x + mu), spin(x)) ) - 0.3 * sum[x]( spin(x)[0] ) + sum[x]( |spin(x)|^4 )
"""
ANTIPERIODIC = """lattice [8, 8]
boundary antiperiodic in 0
field phi : real
action = sum[x]( phi(x)^4 )
observable {name} = correlator(phi(x)^2, axis = 0)
derived m = pole_mass({name})
"""
LONG = {
    "five fields": FIVE_FIELDS,
    "minus a sum": MINUS_A_SUM,
    **{f"two brackets {d}": TWO_BRACKETS.format(lattice=[8] * d) for d in (2, 3, 4)},
    **{f"vacuum {n}": VACUUM.format(lattice=[8, 8], kind=f"vector({n})") for n in (2, 3, 4)},
    **{f"antiperiodic {n}": ANTIPERIODIC.format(name="O" * n) for n in (20, 30, 34)},
}
"""What is too long for a line in one place or another."""


def text_of(name: str) -> str:
    return result(example_text(name), (), "float32", f"{name}.lqt", str(EXAMPLES)).module


def golden_text(name: str) -> str:
    return result((GOLDEN / f"{name}.lqt").read_text(), (), "float32", f"{name}.lqt").module


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.lqt")))
def test_golden_module(name: str) -> None:
    assert golden_text(name) == (GOLDEN / f"{name}.py").read_text(encoding="utf-8")


def test_equal_bytes_in_every_process() -> None:
    """Here and in a process with other hashes: set and dictionary orders must not show."""
    program = (
        "import sys, hashlib; from pathlib import Path\n"
        "from lqdsl.driver import CompileOptions, SourceFile, compile_text\n"
        "for name in sys.argv[1:]:\n"
        "    path = Path(name); source = SourceFile(path.name, path.read_text(), str(path.parent))\n"
        "    text = compile_text(source, CompileOptions(dtype='float32')).module\n"
        "    print(path.stem, hashlib.sha256(text.encode()).hexdigest())"
    )
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    there = subprocess.run(
        [sys.executable, "-c", program, *(str(EXAMPLES / f"{name}.lqt") for name in NAMES)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
    ).stdout
    here = [f"{name} {hashlib.sha256(text_of(name).encode()).hexdigest()}" for name in NAMES]
    assert there.splitlines() == here


@pytest.mark.parametrize("group", ["U(1)", "SU(2)"])
def test_couplings_of_links_state_their_pattern(group: str) -> None:
    """Above each of them, in lines of at most 120 columns."""
    text = result(
        f"lattice [6, 4, 4]\nfield U : link {group}\n"
        "loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))\n"
        "action = -sum[x, mu < nu]( re(tr(P[mu, nu](x))) )\nflow { couple U via P { } }\n"
    )
    (coupling,) = text.compiled.couplings
    lines = text.module.split("\n")
    end = next(n for n, line in enumerate(lines) if "rt.LoopCoupling(" in line)
    start = next(n for n in range(end, 0, -1) if not lines[n - 1].startswith("        # "))
    assert end > start + 1
    assert max(map(len, lines[start:end])) <= 120
    comment = " ".join(line.removeprefix("        # ") for line in lines[start:end])
    assert coupling.pattern is not None
    assert comment == coupling.pattern.words
    for word in ("active", "passive", "frozen", "a cycle has"):
        assert word in comment


def test_kernels_of_links_in_a_chain() -> None:
    """One after the other, as for angles at sites."""
    text = result(
        "lattice [4, 4]\nfield U : link U(1)\n"
        "loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))\n"
        "action = -sum[x, mu < nu]( re(P[mu, nu](x)) )\nflow { couple U via P { kernel = [ncp(2), spline(4)] } }\n"
    )
    assert "kernel=rt.Chain((rt.NCP(components=2), rt.CircularSpline(bins=4)))" in text.module


ONE = "field s : {}\naction = -sum[x]( {} )\nflow {{ couple s {{ kernel = {} }} }}\n"
ACTIONS = {"angle": "cos(s(x))", "box(1.0, 2.0)": "cos(2*pi*s(x)[0])", "sphere(3)": "s(x)[0]", "real": "-s(x)^2"}
ACTIONS |= {"SU(2)": "retr(s(x))", "SU(3)": "retr(s(x))", "U(1)": "re(tr(s(x)))"}
PAIR = "rt.Chain((rt.Moebius(components=2), rt.CircularSpline(bins=4)))"


@pytest.mark.parametrize(
    ("field", "kernel", "written"),
    [
        *(
            (name, "mix([ncp(2), [moebius(2), spline(4)]])", f"rt.Mix((rt.NCP(components=2), {PAIR}))")
            for name in ("angle", "box(1.0, 2.0)", "U(1)")
        ),
        (
            "angle",
            "mix([ncp, mix([spline, moebius])])",
            "rt.Mix((rt.NCP(), rt.Mix((rt.CircularSpline(), rt.Moebius()))))",
        ),
        ("angle", "[mix([ncp, moebius]), ncp]", "rt.Chain((rt.Mix((rt.NCP(), rt.Moebius())), rt.NCP()))"),
        ("angle", "[[moebius(2)], [[spline(4)]]]", PAIR),
        ("angle", "mix([[ncp], [[moebius]]])", "rt.Mix((rt.NCP(), rt.Moebius()))"),
        ("real", "[affine, [spline, affine]]", "rt.Chain((rt.Affine(), rt.Spline(), rt.Affine()))"),
        ("real", "[affine]", "rt.Affine()"),
        ("sphere(3)", "recursive(3, [moebius(2), spline(4)])", f"rt.Recursive(bins=3, circle={PAIR})"),
        ("sphere(3)", "recursive(circle = [spline])", "rt.Recursive(circle=rt.CircularSpline())"),
        (
            "SU(2)",
            "[recursive(circle = mix([ncp, moebius])), radial]",
            "rt.Chain((rt.Recursive(circle=rt.Mix((rt.NCP(), rt.Moebius()))), rt.Radial()))",
        ),
        ("SU(3)", "[spectral(4), spectral(3)]", "rt.Chain((rt.Spectral(bins=4), rt.Spectral(bins=3)))"),
    ],
)
def test_nested_kernels(field: str, kernel: str, written: str) -> None:
    """Lists in lists are written out, and a list of one is its kernel."""
    assert f"kernel={written}," in result("lattice [2]\n" + ONE.format(field, ACTIONS[field], kernel)).module


@pytest.mark.parametrize(
    "kernel",
    [
        "mix([ncp, moebius, [ncp(components = 3), spline(bins = 5), moebius(components = 3)], [spline, moebius]])",
        "[mix([ncp, mix([spline(3), [ncp(1), mix([ncp(2), moebius(3), spline(bins = 7), ncp(4)])]])]), spline]",
    ],
)
def test_long_nested_kernels_are_laid_out(kernel: str) -> None:
    module = result("lattice [2]\n" + ONE.format("angle", ACTIONS["angle"], kernel)).module
    command = [RUFF, "format", "--isolated", "--line-length", "120", "-"]
    assert subprocess.run(command, input=module, capture_output=True, text=True, check=True).stdout == module
    assert max(map(len, module.splitlines())) <= 120


def test_members_of_families_update_links_and_are_seen() -> None:
    """`W[2, 1]` is the loop that is written out."""
    declared = (
        "lattice [8, 8]\nfield U : link U(1)\nindex r = 1..2\nindex t = 1..2\n"
        "loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))\n"
        "loop S[mu, r](x) = prod[k = 0..r-1]( U[mu](x + k*mu) )\n"
        "loop W[mu, nu, r, t](x) = S[mu, r](x) * S[nu, t](x + r*mu) * adj(S[mu, r](x + t*nu)) * adj(S[nu, t](x))\n"
        "loop R[mu, nu](x) = S[mu, 2](x) * U[nu](x + 2*mu) * adj(S[mu, 2](x + nu)) * adj(U[nu](x))\n"
        "action = -sum[x, mu < nu]( re(P[mu, nu](x)) )\nobservable w[r, t] = mean[x]( re(W[0, 1, r, t](x)) )\n"
    )
    patterns = [
        result(f"{declared}flow {{ couple U via {name} {{ context = [P, {name}] }} }}\n").compiled.couplings[0].pattern
        for name in ("W[2, 1]", "R")
    ]
    assert patterns[0] == patterns[1] is not None


INDEXED = (
    "index k = 0..7\nfield G[k] : SU(3)\naction = -log(sum[k]( exp(retr(G[k])) ))\n",
    "index k = 0..7\nfield G[k] : SU(2)\nlet s[k] = sum[j <= k]( retr(G[j]) )\naction = -sum[k]( cos(s[k]) )\n",
    "index k = 0..2\nfield G[k] : SU(3)\naction = -sum[k]( |tr(G[k])| )\n",
    """index k = 0..7
index j = 0..7
field z[k] : U(1)
field q[k] : real
field s[k] : sphere(3)
action = -cos(sum[k]( arg(z[k]) )) - sum[j < k]( cos(arg(z[j]) - arg(z[k]))*q[j]*s[k][2] ) + sum[k]( q[k]^2 )
""",
)
"""Long arguments, factors of staples, and slots of rows that no term uses."""


def test_modules_are_formatted_and_clean(tmp_path: Path) -> None:
    """As `ruff format` lays them out, and nothing for `ruff check` to say."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(text_of(name))
    for number, case in enumerate(CASES.values()):
        (tmp_path / f"case_{number}.py").write_text(result(case.text).module)
    for number, text in enumerate(INDEXED):
        (tmp_path / f"index_{number}.py").write_text(result(text).module)
    for number, text in enumerate(LONG.values()):
        (tmp_path / f"long_{number}.py").write_text(result(text).module)
    (tmp_path / "rotating.py").write_text(result(ROTATING).module)
    for arguments in (["format", "--diff"], ["check", "--extend-select", "I,E,F,W"]):
        options = ["--isolated", "--line-length", "120", "--target-version", "py311"]
        done = subprocess.run([RUFF, *arguments, *options, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize("role", ["param", "field", "observable", "derived", "theory"])
def test_hostile_names(role: str) -> None:
    """Keywords, builtins, names of the module itself: the numbers are those of harmless names."""
    for name in HOSTILE:
        harmless = numbers(role, "harmless")
        assert numbers(role, name) == pytest.approx(harmless, rel=1e-13), name


def numbers(role: str, name: str) -> list[float]:
    """Action, force and results of a small theory in which one thing is called `name`."""
    names = {"param": "g", "field": "phi", "observable": "o", "derived": "d", "theory": "t"} | {role: name}
    f = names["field"]
    built = module(
        f"theory {names['theory']}\nlattice [3, 4]\nparam {names['param']} = 0.7\nfield {f} : real\n"
        f"action = sum[x]( 4*{f}(x)^2 + {names['param']} * {f}(x)^4 + {f}(x + e[0]) * {f}(x - e[0]) )\n"
        f"observable {names['observable']} = mean[x]( {f}(x)^2 )\n"
        f"derived {names['derived']} = variance({names['observable']}) * {names['param']}\n"
    )
    model = built.MODEL
    fields = configuration(model, 1)
    derived = model.derived[names["derived"]](lambda key, power=1: 2.0 + power, model.parameters)
    observable = model.observables(fields, model.parameters)[names["observable"]]
    force = np.asarray(model.force(fields, model.parameters)[0]).ravel()
    return [float(model.action(fields, model.parameters)), float(observable), float(derived), *map(float, force)]


def test_a_changed_parameter_needs_no_new_module() -> None:
    """Couplings are arguments: another value at run time is another action."""
    text = example_text("phi4")
    first, second = module(text), module(text, (("lambda", 5.0),))
    fields = configuration(first.MODEL, 3)
    moved = first.MODEL.parameters._replace(lambda_=5.0)
    assert first.MODEL.action(fields, moved) == second.MODEL.action(fields, second.MODEL.parameters)
    assert first.MODEL.action(fields, moved) != first.MODEL.action(fields, first.MODEL.parameters)


if __name__ == "__main__":
    for source in GOLDEN.glob("*.lqt"):
        source.with_suffix(".py").write_text(golden_text(source.stem), encoding="utf-8")


@pytest.mark.parametrize(
    ("field", "kernel"),
    [
        *(("angle", name) for name in ("ncp", "moebius", "spline", "mix([ncp, spline(4)])", "[moebius, spline]")),
        *(("sphere(3)", name) for name in ("recursive", "radial", "recursive(circle = mix([ncp(2), moebius]))")),
        *(("SU(2)", name) for name in ("spectral", "recursive", "[spectral(3), spectral(2)]")),
        *(("real", name) for name in ("affine", "spline", "[affine, spline]")),
    ],
)
def test_kernels_need_no_options(field: str, kernel: str) -> None:
    action = {"angle": "-cos(s(x))", "sphere(3)": "-s(x)[0]", "SU(2)": "-retr(s(x))", "real": "s(x)^2"}[field]
    text = f"lattice [4]\nfield s : {field}\naction = sum[x]( {action} )\nflow {{ couple s {{ kernel = {kernel} }} }}\n"
    (coupling,) = module(text).FLOW.couplings
    assert coupling.field == "s"

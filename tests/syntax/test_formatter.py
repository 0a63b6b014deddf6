"""`fmt` changes the look and nothing else."""

import re
from pathlib import Path

import pytest

from lqdsl.diagnostics import DiagnosticError, SourceFile
from lqdsl.syntax import format_source, parse

THEORIES = sorted((Path(__file__).parent / "theories").glob("*.lqt"))


def comments(text: str) -> list[str]:
    return [c.rstrip() for c in re.findall(r"#[^\r\n]*", text)]


@pytest.mark.parametrize("path", THEORIES, ids=lambda p: p.stem)
@pytest.mark.parametrize(
    "spoil", [lambda t: t, lambda t: re.sub(r"(?m)^ +", "", t), lambda t: t.replace("\n", "\r\n\r\n")]
)
def test_meaning_and_comments_stay(path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    text = spoil(path.read_text())
    laid_out = format_source(text)
    assert parse(SourceFile("a", laid_out)) == parse(SourceFile("b", text))
    assert comments(laid_out) == comments(text)
    assert format_source(laid_out) == laid_out
    assert not re.search(r"[ \t]+$|\n\n\n|\A\n|\r", laid_out, re.MULTILINE) and laid_out.endswith("\n")


@pytest.mark.parametrize("name", ["u1", "su3", "robot_arm"])
def test_well_laid_out_files_stay(name: str) -> None:
    text = (THEORIES[0].parent / f"{name}.lqt").read_text()
    assert format_source(text) == text


def test_everything() -> None:
    theories = THEORIES[0].parent
    assert format_source((theories / "everything.lqt").read_text()) == (theories / "everything.txt").read_text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("param L:int=6\nparam lambda : real=6.975", "param L      : int  = 6\nparam lambda : real = 6.975\n"),
        ("param a=1\nparam bcd:real=2", "param a          = 1\nparam bcd : real = 2\n"),
        ("param a = 1\n\nparam bcd = 2", "param a = 1\n\nparam bcd = 2\n"),
        ("param a=1 param bc=2", "param a  = 1\nparam bc = 2\n"),
        ("observable E = 1\nderived abc = 2", "observable E   = 1\nderived    abc = 2\n"),
        ("observable w[k] = 1\nderived q = 2", "observable w[k] = 1\nderived    q    = 2\n"),
        ("action=-a+2 *b-c^ - 2", "action = -a + 2 * b - c^-2\n"),
        ("action = 2*a", "action = 2*a\n"),
        ("action = sum [x](f( x ))", "action = sum[x]( f(x) )\n"),
        ("action = sum[x]( a )", "action = sum[x](a)\n"),
        ("action =\nsum[x](\n\n\na\n+ b\n)", "action =\n    sum[x](\n        a\n        + b\n    )\n"),
        ("action\n=\n| -a|", "action =\n    |-a|\n"),
        ("flow{a=1}", "flow { a = 1 }\n"),
        ("flow{}", "flow {}\n"),
        (
            "flow{couple a{kernel=mix( [ncp( 2 ),[moebius(2),mix([ncp,spline( bins=4 )])]] )}}",
            "flow {\n    couple a { kernel = mix([ncp(2), [moebius(2), mix([ncp, spline(bins = 4)])]]) }\n}\n",
        ),
        ("flow{a=recursive(circle=[ncp,[spline]])}", "flow { a = recursive(circle = [ncp, [spline]]) }\n"),
        ("flow{a=1\nbcd=2}", "flow {\n    a   = 1\n    bcd = 2\n}\n"),
        ("flow{a=1 couple b{c=1 de=2}}", "flow {\n    a = 1\n    couple b { c = 1  de = 2 }\n}\n"),
        ("flow { # c\n a = 1\n}", "flow { # c\n    a = 1\n}\n".replace("{ #", "{  #")),
        (
            "sample a { chains = 1 draws = 2 }\nsample bcd { chains = 100 draws = 3 x = 1 }",
            "sample a   { chains = 1    draws = 2 }\nsample bcd { chains = 100  draws = 3  x = 1 }\n",
        ),
        ("param a = 1 # one\nlet b = 2         # two", "param a = 1  # one\nlet b = 2         # two\n"),
        ("\n\n# c\n\n\n\nlet a = 1\n\n\n", "# c\n\nlet a = 1\n"),
        ("", ""),
    ],
)
def test_layout(text: str, expected: str) -> None:
    assert format_source(text) == expected
    assert format_source(expected) == expected


def test_long_sums() -> None:
    text = "action = " + " + ".join(["a"] * 5_000) + "\n"
    assert format_source(text) == text


def test_only_theories_are_laid_out() -> None:
    with pytest.raises(DiagnosticError):
        format_source("action = ")

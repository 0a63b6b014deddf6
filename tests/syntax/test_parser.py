"""Text to tree."""

import subprocess
import sys
from pathlib import Path

import pytest

from lqdsl.diagnostics import DiagnosticError, SourceFile
from lqdsl.syntax import ast, chain, declaration_words, parse, reserved_words, same, walk
from lqdsl.syntax.ast import (
    Abs,
    Argument,
    Binary,
    Bounded,
    Call,
    Compare,
    Index,
    Logical,
    Name,
    Number,
    Range,
    Reduce,
    Unary,
)

THEORIES = sorted((Path(__file__).parent / "theories").glob("*.lqt"))


def tree(text: str) -> ast.File:
    return parse(SourceFile("a.lqt", text))


def value(text: str) -> ast.Expr:
    (statement,) = tree(f"action = {text}").statements
    assert isinstance(statement, ast.ActionDecl)
    return statement.body


def call(name: str, *arguments: ast.Expr) -> Call:
    return Call(Name(name), tuple(Argument(None, a) for a in arguments))


a, b, c, x, mu, nu, phi = (Name(n) for n in ("a", "b", "c", "x", "mu", "nu", "phi"))
one, two = Number("1"), Number("2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * c", Binary("+", a, Binary("*", b, c))),
        ("a - b - c", Binary("-", Binary("-", a, b), c)),
        ("a / b * c", Binary("*", Binary("/", a, b), c)),
        ("a ^ b ^ c", Binary("^", a, Binary("^", b, c))),
        ("-a^2", Unary("-", Binary("^", a, two))),
        ("-a*b", Binary("*", Unary("-", a), b)),
        ("a^-2 * b", Binary("*", Binary("^", a, Unary("-", two)), b)),
        ("a - -b", Binary("-", a, Unary("-", b))),
        ("(a - b) * c", Binary("*", Binary("-", a, b), c)),
        ("|a + |b|| * c", Binary("*", Abs(Binary("+", a, Abs(b))), c)),
        ("|a| * |b|", Binary("*", Abs(a), Abs(b))),
        ("phi(x + mu)", call("phi", Binary("+", x, mu))),
        ("phi(x)[a]", Index(call("phi", x), (a,))),
        ("phi[mu, 0](x)", Call(Index(phi, (mu, Number("0"))), (Argument(None, x),))),
        ("phi(a, b = c)", Call(phi, (Argument(None, a), Argument(b, c)))),
        ("phi(mean = 1)", Call(phi, (Argument(Name("mean"), one),))),
        ("mean(a)", call("mean", a)),
        ("[1, 2]", ast.ListExpr((one, two))),
        ("[]", ast.ListExpr(())),
        ('"a # b"', ast.String("a # b")),
        ("sum[x](a)", Reduce("sum", (x,), a)),
        ("mean[x, mu < nu](a) / 2", Binary("/", Reduce("mean", (x, Compare((mu, nu), ("<",))), a), two)),
        ("sum[a <= b < c](a)", Reduce("sum", (Compare((a, b, c), ("<=", "<")),), a)),
        ("prod[a = 1..2](a)", Reduce("prod", (Bounded(a, Range(one, two)),), a)),
        ("lambda", Name("lambda")),
        (".5 + 2. + 1e-3", Binary("+", Binary("+", Number(".5"), Number("2.")), Number("1e-3"))),
    ],
)
def test_expressions(text: str, expected: ast.Expr) -> None:
    assert value(text) == expected


def test_declarations() -> None:
    file = tree(
        "param l : real = 1 in (0, 2] index k = 0..2 boundary antiperiodic in 0, 1 field U[k] : link SU(3) "
        'data h[x] from "h.npy" loop P[mu, nu](x) = U let K[mu](x) = a symmetry Z2 : a -> -a, b -> b '
        "symmetry gauge(U), rotations flow { prior = a couple U via a, b { layers = 1 } } "
        "train { stop when a > 1 or b anneal a from 1 to 2 } sample hmc { }"
    )
    option = ast.Option(Name("layers"), one)
    assert file.statements == (
        ast.ParamDecl(Name("l"), Name("real"), one, ast.Interval(Number("0"), two, False, True)),
        ast.IndexDecl(Name("k"), Range(Number("0"), two)),
        ast.BoundaryDecl(Name("antiperiodic"), (Number("0"), one)),
        ast.FieldDecl(Name("U"), (Name("k"),), ast.KindExpr((Name("link"), Name("SU")), (Number("3"),))),
        ast.DataDecl(Name("h"), (x,), ast.String("h.npy")),
        ast.LoopDecl(Name("P"), (mu, nu), x, Name("U")),
        ast.LetDecl(Name("K"), (mu,), (x,), a),
        ast.SymmetryDecl(Name("Z2"), (), (ast.FieldMap(a, Unary("-", a)), ast.FieldMap(b, b))),
        ast.SymmetryDecl(None, (ast.Claim(Name("gauge"), (Name("U"),)), ast.Claim(Name("rotations"), ())), ()),
        ast.FlowBlock((ast.Option(Name("prior"), a),), (ast.Couple(Name("U"), (a, b), (option,)),)),
        ast.TrainBlock(
            (), (ast.StopRule(Logical("or", Compare((a, one), (">",)), b)),), (ast.AnnealRule(a, one, two),)
        ),
        ast.SampleBlock(Name("hmc"), ()),
    )


@pytest.mark.parametrize("path", THEORIES, ids=lambda p: p.stem)
def test_spans_hold_their_children(path: Path) -> None:
    source = SourceFile(path.name, path.read_text())
    for node in walk(parse(source)):
        for child in walk(node):
            assert node.span.start <= child.span.start < child.span.end <= node.span.end
        if isinstance(node, Name | Number):
            assert source.slice(node.span) == (node.name if isinstance(node, Name) else node.text)


def test_span_of_brackets() -> None:
    source = SourceFile("a.lqt", "action = (a + b) * c")
    (statement,) = parse(source).statements
    assert isinstance(statement, ast.ActionDecl) and isinstance(statement.body, Binary)
    assert source.slice(statement.body.span) == "(a + b) * c"
    assert source.slice(statement.body.left.span) == "(a + b)"


def test_blanks_carry_no_meaning() -> None:
    text = (THEORIES[0].parent / "phi4.lqt").read_text()
    for other in ("\ufeff" + text, text.replace("\n", "\r\n"), text.replace("\n", "\r"), text.replace(" ", "\t")):
        assert tree(other) == tree(text)
    assert tree("param a = 1 # c\nparam\nb\n=\n2") == tree("param a=1 param b=2")


@pytest.mark.parametrize(("operator", "terms"), [("+", 50_000), ("*", 5_000)])
def test_long_chains(operator: str, terms: int) -> None:
    body = value(operator.join(["a"] * terms))
    assert chain(body) == [(operator, a)] * terms
    assert same(body, body) and not same(body, a)


def test_chain_keeps_signs() -> None:
    assert chain(value("a - b + c")) == [("+", a), ("-", b), ("+", c)]
    assert chain(value("a / b * c")) == [("*", a), ("/", b), ("*", c)]
    assert chain(value("a - (b + c)")) == [("+", a), ("-", Binary("+", b, c))]
    assert chain(value("-a")) == [("+", Unary("-", a))]


def test_same_sees_what_equality_sees() -> None:
    texts = ["a", "a + b", "a - b", "phi(a)", "phi(a, b)", "phi[a]", "1", "sum[x](a)", "mean[x](a)", '"a"']
    trees, again = [value(t) for t in texts], [value(t) for t in texts]
    for i, left in enumerate(trees):
        for j, right in enumerate(again):
            assert same(left, right) == (i == j) == (left == right)


@pytest.mark.parametrize("word", reserved_words())
def test_reserved_words_are_no_names(word: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        tree(f"param {word} : real = 1")
    assert [d.code for d in caught.value.diagnostics] == ["E0106"]
    assert tree(f"param {word}_ : real = 1").statements


def test_words_of_declarations() -> None:
    assert {"param", "field", "action", "sample"} <= set(declaration_words()) < set(reserved_words())
    assert not {"lambda", "link", "real", "x", "mu"} & set(reserved_words())


def test_independent_errors_in_one_go() -> None:
    with pytest.raises(DiagnosticError) as caught:
        tree(
            "param a = \nfield phi real\naction = 1 1\nlet b = (2\nlet ok = 3\nobsrvable c = 1\nlet __d = 4\nlet e = π"
        )
    codes = [d.code for d in caught.value.diagnostics]
    assert codes == ["E0102", "E0101", "E0101", "E0103", "E0113", "E0109", "E0104"]


@pytest.mark.parametrize(
    "text", ["(" * 6_000, "-" * 6_000 + "1", "1^" * 6_000 + "1", "a" + "(x)" * 6_000, "|" * 300 + "a" + "|" * 300]
)
def test_depth_is_an_error_with_a_place(text: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        value(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E0112" and diagnostic.span is not None


@pytest.mark.parametrize(
    "text", ["λ " * 200_000, "let a = 1 1\n" * 5_000, "aa\n" * 20_000, "train {" + "a = 1 1\n" * 2_000]
)
def test_number_of_errors_is_bounded(text: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        tree(text)
    assert len(caught.value.diagnostics) <= 100


def test_empty_file() -> None:
    assert tree("").statements == tree("# nothing\n").statements == ()


def test_imports() -> None:
    code = "import sys, lqdsl.syntax; print({'sympy', 'jinja2', 'jax', 'numpy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "set()\n"

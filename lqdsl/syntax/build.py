"""Callbacks of the grammar's rules: each turns the tokens and nodes of one rule into one node with its span."""

from dataclasses import replace
from typing import Any

from lark import Token, Transformer

from lqdsl.diagnostics import Span
from lqdsl.syntax import ast

Children = list[Any]


class _Indices(tuple[ast.Name, ...]):
    """Names in `[...]` of a declaration."""


class _Parameters(tuple[ast.Name, ...]):
    """Names in `(...)` of a declaration."""


def _span(children: Children) -> Span:
    return Span(_ends(children[0]).start, _ends(children[-1]).end)


def _ends(child: Any) -> Span:
    return token_span(child) if isinstance(child, Token) else child.span


def token_span(token: Token) -> Span:
    """Where a token stands."""
    assert token.start_pos is not None
    return Span(token.start_pos, token.start_pos + len(token))


def _nodes(children: Children) -> Children:
    return [c for c in children if not isinstance(c, Token)]


def _of(kind: type, children: Children) -> tuple[Any, ...]:
    return tuple(c for c in children if isinstance(c, kind))


class Builder(Transformer):
    """One method a rule of `lqt.lark`; children are all tokens and nodes in the order of the text."""

    # ------------------------------------------------------------ declarations

    def start(self, c: Children) -> tuple[ast.Statement, ...]:
        return tuple(c)

    def theory(self, c: Children) -> ast.TheoryDecl:
        return ast.TheoryDecl(c[1], span=_span(c))

    def param(self, c: Children) -> ast.ParamDecl:
        interval = c[-1] if isinstance(c[-1], ast.Interval) else None
        value = c[-2] if interval else c[-1]
        return ast.ParamDecl(c[1], c[3] if c[2] == ":" else None, value, interval, span=_span(c))

    def interval(self, c: Children) -> ast.Interval:
        return ast.Interval(c[2], c[4], c[1] == "[", c[5] == "]", span=_span(c))

    def index(self, c: Children) -> ast.IndexDecl:
        return ast.IndexDecl(c[1], c[3], span=_span(c))

    def lattice(self, c: Children) -> ast.LatticeDecl:
        return ast.LatticeDecl(tuple(_nodes(c)), span=_span(c))

    def boundary(self, c: Children) -> ast.BoundaryDecl:
        return ast.BoundaryDecl(c[1], tuple(_nodes(c[2:])), span=_span(c))

    def field(self, c: Children) -> ast.FieldDecl:
        return ast.FieldDecl(c[1], _only(_Indices, c), c[-1], span=_span(c))

    def kind(self, c: Children) -> ast.KindExpr:
        count = next((i for i, child in enumerate(c) if isinstance(child, Token)), len(c))
        return ast.KindExpr(tuple(c[:count]), tuple(_nodes(c[count:])), span=_span(c))

    def data(self, c: Children) -> ast.DataDecl:
        return ast.DataDecl(c[1], _only(_Indices, c), c[-1], span=_span(c))

    def loop(self, c: Children) -> ast.LoopDecl:
        return ast.LoopDecl(c[1], _only(_Indices, c), c[-4], c[-1], span=_span(c))

    def let(self, c: Children) -> ast.LetDecl:
        return ast.LetDecl(c[1], _only(_Indices, c), _only(_Parameters, c), c[-1], span=_span(c))

    def indices(self, c: Children) -> tuple[ast.Name, ...]:
        return _Indices(_nodes(c))

    def parameters(self, c: Children) -> tuple[ast.Name, ...]:
        return _Parameters(_nodes(c))

    def action(self, c: Children) -> ast.ActionDecl:
        return ast.ActionDecl(c[2], span=_span(c))

    def observable(self, c: Children) -> ast.ObservableDecl:
        return ast.ObservableDecl(c[1], _only(_Indices, c), c[-1], span=_span(c))

    def derived(self, c: Children) -> ast.DerivedDecl:
        return ast.DerivedDecl(c[1], _only(_Indices, c), c[-1], span=_span(c))

    def named_symmetry(self, c: Children) -> ast.SymmetryDecl:
        return ast.SymmetryDecl(c[1], (), _of(ast.FieldMap, c), span=_span(c))

    def claimed_symmetries(self, c: Children) -> ast.SymmetryDecl:
        return ast.SymmetryDecl(None, _of(ast.Claim, c), (), span=_span(c))

    def field_map(self, c: Children) -> ast.FieldMap:
        return ast.FieldMap(c[0], c[2], span=_span(c))

    def claim(self, c: Children) -> ast.Claim:
        return ast.Claim(c[0], tuple(_nodes(c[1:])), span=_span(c))

    # ------------------------------------------------------------ blocks

    def flow(self, c: Children) -> ast.FlowBlock:
        return ast.FlowBlock(_of(ast.Option, c), _of(ast.Couple, c), span=_span(c))

    def couple(self, c: Children) -> ast.Couple:
        via = _of(ast.Expr, c[2:])
        return ast.Couple(c[1], via, _of(ast.Option, c), span=_span(c))

    def train(self, c: Children) -> ast.TrainBlock:
        return ast.TrainBlock(_of(ast.Option, c), _of(ast.StopRule, c), _of(ast.AnnealRule, c), span=_span(c))

    def stop(self, c: Children) -> ast.StopRule:
        return ast.StopRule(c[2], span=_span(c))

    def anneal(self, c: Children) -> ast.AnnealRule:
        return ast.AnnealRule(c[1], c[3], c[5], span=_span(c))

    def sample(self, c: Children) -> ast.SampleBlock:
        return ast.SampleBlock(c[1], _of(ast.Option, c), span=_span(c))

    def option(self, c: Children) -> ast.Option:
        return ast.Option(c[0], c[2], span=_span(c))

    # ------------------------------------------------------------ expressions

    def logical(self, c: Children) -> ast.Logical:
        return ast.Logical(str(c[1]), c[0], c[2], span=_span(c))

    def compare(self, c: Children) -> ast.Compare:
        return ast.Compare(tuple(c[::2]), tuple(str(op) for op in c[1::2]), span=_span(c))

    def binary(self, c: Children) -> ast.Binary:
        return ast.Binary(str(c[1]), c[0], c[2], span=_span(c))

    def unary(self, c: Children) -> ast.Unary:
        return ast.Unary(str(c[0]), c[1], span=_span(c))

    def index_expr(self, c: Children) -> ast.Index:
        return ast.Index(c[0], tuple(_nodes(c[1:])), span=_span(c))

    def call(self, c: Children) -> ast.Call:
        return ast.Call(c[0], _of(ast.Argument, c), span=_span(c))

    def mean_call(self, c: Children) -> ast.Call:
        return ast.Call(self.name(c[:1]), _of(ast.Argument, c), span=_span(c))

    def group(self, c: Children) -> ast.Expr:
        inner: ast.Expr = c[1]
        return replace(inner, span=_span(c))

    def abs_expr(self, c: Children) -> ast.Abs:
        return ast.Abs(c[1], span=_span(c))

    def list_expr(self, c: Children) -> ast.ListExpr:
        return ast.ListExpr(tuple(_nodes(c)), span=_span(c))

    def reduce(self, c: Children) -> ast.Reduce:
        return ast.Reduce(str(c[0]), tuple(_nodes(c[:-2])), c[-2], span=_span(c))

    def bounded(self, c: Children) -> ast.Bounded:
        return ast.Bounded(c[0], c[2], span=_span(c))

    def range(self, c: Children) -> ast.Range:
        return ast.Range(c[0], c[2], span=_span(c))

    def argument(self, c: Children) -> ast.Argument:
        return ast.Argument(None, c[0], span=_span(c))

    def named_argument(self, c: Children) -> ast.Argument:
        return ast.Argument(c[0], c[2], span=_span(c))

    def word(self, c: Children) -> ast.Name:
        return self.name(c)

    def name(self, c: Children) -> ast.Name:
        return ast.Name(str(c[0]), span=_span(c))

    def number(self, c: Children) -> ast.Number:
        return ast.Number(str(c[0]), span=_span(c))

    def string(self, c: Children) -> ast.String:
        return ast.String(str(c[0])[1:-1], span=_span(c))


def _only(kind: type[tuple[ast.Name, ...]], children: Children) -> tuple[ast.Name, ...]:
    return next((tuple(c) for c in children if isinstance(c, kind)), ())

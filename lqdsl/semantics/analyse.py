"""From the syntax tree to the theory: each kind of declaration in turn, all independent errors in one go."""

from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from lqdsl.diagnostics import Diagnostic, DiagnosticError, Label, Sink, SourceFile, Span
from lqdsl.ir.theory import (
    Data,
    Derived,
    Field,
    Lattice,
    LoopFamily,
    Observable,
    Parameter,
    Sampler,
    Symmetry,
    Term,
    Theory,
)
from lqdsl.semantics import blocks, declarations, loops, symmetries, training
from lqdsl.semantics import observables as observations
from lqdsl.semantics.boxes import length_names
from lqdsl.semantics.constants import integer
from lqdsl.semantics.data import data as read_data
from lqdsl.semantics.declarations import Overrides
from lqdsl.semantics.defaults import standard_derived, standard_observables
from lqdsl.semantics.errors import collecting, fail
from lqdsl.semantics.lower import number
from lqdsl.semantics.scope import IndexRange, Scope
from lqdsl.semantics.summands import summands
from lqdsl.semantics.unused import check_unused
from lqdsl.semantics.values import Scalar
from lqdsl.syntax import ast
from lqdsl.syntax.walk import walk

S = TypeVar("S", bound=ast.Statement)


def analyse(file: ast.File, source: SourceFile, overrides: Overrides | None = None) -> Theory:
    """The theory that the file declares; `overrides` are values of `--set`. Raises DiagnosticError."""
    sink = Sink()
    reader = _Reader(file, sink)
    parameters = _parameters(reader, overrides or {})
    fields, scope = _scope(reader, parameters, source)
    if scope is None:
        _action_node(reader)
        _train(reader, parameters)
        _samplers(reader, parameters)
        sink.raise_if_errors()
        raise AssertionError("a file without a scope has errors")
    action, action_span = _action(reader, scope)
    families = _loops(reader, scope)
    check_unused(file.statements, scope, sink)
    failed: set[str] = set()
    theory = Theory(
        name=_name(reader, source),
        source=source,
        parameters=tuple(parameters.values()),
        lattice=scope.lattice,
        fields=tuple(fields.values()),
        loops=tuple(family for family in families.values() if family is not None),
        action=action,
        action_span=action_span,
        symmetries=_symmetries(reader, scope),
        observables=(seen := _observables(reader, scope, failed)),
        derived=_derived(reader, seen, failed, scope),
        flow=_flow(reader, scope, families),
        train=_train(reader, parameters),
        samplers=_samplers(reader, parameters),
        data=tuple(scope.tables.values()),
    )
    if theory.train is not None:
        training.check_samples(theory.train, theory.samplers, sink)
    sink.raise_if_errors()
    return theory


class _Reader:
    """Statements by type, and the tables of names that are taken."""

    def __init__(self, file: ast.File, sink: Sink) -> None:
        self.statements = file.statements
        self.sink = sink
        self.declared = declarations.declared_names()
        self.whole = Span(0, 0)

    def all(self, kind: type[S]) -> list[S]:
        return [statement for statement in self.statements if isinstance(statement, kind)]

    def single(self, kind: type[S], what: str) -> S | None:
        """The only statement of its kind; a second one is E0202."""
        found = self.all(kind)
        for extra in found[1:]:
            self.sink.error(
                "E0202", f"{what} is given twice", extra.span, labels=(Label(found[0].span, "first given here"),)
            )
        return found[0] if found else None


def _name(reader: _Reader, source: SourceFile) -> str:
    declared = reader.single(ast.TheoryDecl, "the theory")
    if declared is not None:
        return declared.name.name
    stem = source.name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    cleaned = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in stem).strip("_")
    return cleaned if cleaned and not cleaned[0].isdigit() else f"theory_{cleaned}".rstrip("_")


def _parameters(reader: _Reader, overrides: Overrides) -> dict[str, Parameter]:
    parameters: dict[str, Parameter] = {}
    shaping, lengths = declarations.shaping_names(reader.statements), length_names(reader.statements)
    for node in reader.all(ast.ParamDecl):
        with collecting(reader.sink):
            reader.declared.add(node.name)
            parameters[node.name.name] = declarations.parameter(node, parameters, overrides, shaping, lengths)
        parameters.setdefault(node.name.name, declarations.stand_in(node, shaping, lengths))
    declarations.check_overrides(overrides, {n.name.name: None for n in reader.all(ast.ParamDecl)}, reader.sink)  # type: ignore[misc]
    return parameters


def _scope(
    reader: _Reader, parameters: dict[str, Parameter], source: SourceFile
) -> tuple[dict[str, Field], Scope | None]:
    sink = reader.sink
    indices: dict[str, IndexRange] = {}
    for node in reader.all(ast.IndexDecl):
        with collecting(sink):
            reader.declared.add(node.name)
            indices[node.name.name] = declarations.index(node, parameters)
    lattice = None
    declaration = reader.single(ast.LatticeDecl, "the lattice")
    indexed: dict[str, IndexRange] | None = None
    with collecting(sink):
        indexed = declarations.indexed(reader.all(ast.FieldDecl), indices, declaration is not None)
    if declaration is None and indexed:
        bounds = next(iter(indexed.values()))
        lattice = Lattice((bounds.high - bounds.low + 1,), (1,), bounds.span, is_index=True, first=bounds.low)
    elif declaration is None:
        if indexed is not None:
            sink.error("E0501", "the theory has no lattice", None, helps=("add `lattice [L, L]`",))
    else:
        with collecting(sink):
            lattice = declarations.lattice(declaration, reader.all(ast.BoundaryDecl), parameters, sink)
    fields: dict[str, Field] = {}
    complete = True
    for field_node in reader.all(ast.FieldDecl):
        failed = True
        with collecting(sink):
            reader.declared.add(field_node.name)
            fields[field_node.name.name] = declarations.field(field_node, parameters, indexed)
            failed = False
        complete = complete and not failed
    if not reader.all(ast.FieldDecl):
        sink.error("E0603", "the theory has no field", None, helps=("add `field phi : real`",))
        complete = False
    lets: dict[str, ast.LetDecl] = {}
    declared_loops = {node.name.name: node for node in reader.all(ast.LoopDecl)}
    data = {node.name.name: node for node in reader.all(ast.DataDecl)}
    for let in reader.all(ast.LetDecl):
        with collecting(sink):
            reader.declared.add(let.name)
            lets[let.name.name] = let
            own = declarations.declared_names()
            for name in (*let.indices, *let.parameters):
                own.add(name)
    for loop in declared_loops.values():
        with collecting(sink):
            reader.declared.add(loop.name)
            own = declarations.declared_names()
            for name in loop.indices:
                own.add(name)
    tables: dict[str, Data] = {}
    for item in reader.all(ast.DataDecl):
        with collecting(sink):
            reader.declared.add(item.name)
            if lattice is not None:
                tables[item.name.name] = read_data(item, source, lattice, indices)
    if lattice is not None:
        declarations.check_borders(lattice, reader.all(ast.BoundaryDecl), fields, sink)
    if lattice is None or indexed is None or not complete:
        return fields, None
    measured = {node.name.name: "an observable" for node in reader.all(ast.ObservableDecl)}
    measured |= {node.name.name: "a function of means" for node in reader.all(ast.DerivedDecl)}
    tabled = Scope(parameters, lattice, fields, indices, lets, declared_loops, data, tables)
    return fields, replace(tabled, indexed=indexed, measured=measured)


def _loops(reader: _Reader, scope: Scope) -> dict[str, LoopFamily | None]:
    families: dict[str, LoopFamily | None] = {}
    for node in reader.all(ast.LoopDecl):
        families[node.name.name] = None
        with collecting(reader.sink):
            families[node.name.name] = loops.loop(node, scope)
    for base, numbers in _members(reader, scope):
        name = f"{base}[{', '.join(map(str, numbers))}]"
        if base in scope.loops and name not in families:
            families[name] = None
            with collecting(reader.sink):
                families[name] = loops.loop(scope.loops[base], scope, numbers)
    return families


def _members(reader: _Reader, scope: Scope) -> list[tuple[str, tuple[int, ...]]]:
    """Families that couplings name with numbers for some indices: `W[2, 1]`."""
    found = []
    couples = (couple for node in reader.all(ast.FlowBlock) for couple in node.couples)
    for couple in couples:
        chosen = (option.value for option in couple.options if option.name.name == "context")
        for value in (*couple.via, *chosen):
            for item in value.items if isinstance(value, ast.ListExpr) else (value,):
                if isinstance(item, ast.Index) and isinstance(item.base, ast.Name):
                    with suppress(DiagnosticError):  # the flow says what is wrong with it
                        numbers = tuple(integer(number, scope.parameters, "an index") for number in item.items)
                        found.append((item.base.name, numbers))
    return found


def _action_node(reader: _Reader) -> ast.ActionDecl | None:
    node = reader.single(ast.ActionDecl, "the action")
    if node is None:
        reader.sink.error("E0603", "the theory has no action", None, helps=("add `action = sum[x]( ... )`",))
    return node


def _action(reader: _Reader, scope: Scope) -> tuple[tuple[Term, ...], Span]:
    node = _action_node(reader)
    if node is None:
        return (), reader.whole
    terms = []
    for part in summands(node.body):
        with collecting(reader.sink):
            term = _term(part, scope)
            finer = summands(part, coefficients=True)
            parts = tuple(_term(inner, scope) for inner in finer) if len(finer) > 1 else ()
            terms.append(replace(term, parts=parts))
    return tuple(terms), node.span


def _term(node: ast.Expr, scope: Scope) -> Term:
    value: Scalar = number(node, scope)
    return Term(value.re, value.im, node.span)


def _symmetries(reader: _Reader, scope: Scope) -> tuple[Symmetry, ...]:
    claims: dict[str, Symmetry] = {}
    for node in reader.all(ast.SymmetryDecl):
        with collecting(reader.sink):
            for claim in symmetries.symmetry(node, scope):
                if claim.name in claims:
                    raise DiagnosticError((_twice(claim, claims[claim.name]),))
                claims[claim.name] = claim
    return tuple(claims.values())


def _twice(claim: Symmetry, first: Symmetry) -> Diagnostic:
    label = Label(first.span, "first claimed here")
    return Diagnostic("E0202", f"the symmetry `{claim.name}` is claimed twice", claim.span, labels=(label,))


def _observables(reader: _Reader, scope: Scope, failed: set[str]) -> tuple[Observable, ...]:
    """Observables; names of those with an error are added to `failed`."""
    observables: dict[str, Observable] = {}
    nodes = reader.all(ast.ObservableDecl)
    for node in nodes:
        failed.add(node.name.name)
        with collecting(reader.sink):
            reader.declared.add(node.name)
            for observable in observations.observable(node, scope):
                if observable.name in observables:
                    fail("E0202", f"`{observable.name}` is declared twice", node.name.span)
                observables[observable.name] = observable
            failed.discard(node.name.name)
    return tuple(observables.values()) if nodes else standard_observables(scope)


def _derived(
    reader: _Reader, observables: tuple[Observable, ...], failed: set[str], scope: Scope
) -> tuple[Derived, ...]:
    """Derived quantities; one that reads what has an error of its own is left out without a word."""
    table = {observable.name: observable for observable in observables}
    derived: list[Derived] = []
    for node in reader.all(ast.DerivedDecl):
        broken = any(isinstance(part, ast.Name) and part.name in failed for part in walk(node.body))
        failed.add(node.name.name)
        with collecting(reader.sink):
            reader.declared.add(node.name)
            if broken:
                continue
            earlier = {quantity.name: quantity.expression for quantity in derived}
            derived += observations.derived(node, table, earlier, scope)
            failed.discard(node.name.name)
    return tuple(derived) if reader.all(ast.ObservableDecl) or derived else standard_derived(scope)


def _flow(reader: _Reader, scope: Scope, families: blocks.Loops):  # type: ignore[no-untyped-def]
    node = reader.single(ast.FlowBlock, "the flow")
    if node is None:
        return None
    return blocks.flow(node, scope.fields, families, scope.lattice, scope.parameters, reader.sink)


def _train(reader: _Reader, parameters: dict[str, Parameter]):  # type: ignore[no-untyped-def]
    node = reader.single(ast.TrainBlock, "the training")
    return None if node is None else training.train(node, parameters, reader.sink)


def _samplers(reader: _Reader, parameters: dict[str, Parameter]) -> tuple[Sampler, ...]:
    samplers: dict[str, Sampler] = {}
    for node in reader.all(ast.SampleBlock):
        with collecting(reader.sink):
            if node.name.name in samplers:
                first = Label(samplers[node.name.name].span, "first given here")
                raise DiagnosticError(
                    (
                        Diagnostic(
                            "E0202", f"the sampler `{node.name.name}` is given twice", node.name.span, labels=(first,)
                        ),
                    )
                )
            samplers[node.name.name] = blocks.sampler(node, parameters, reader.sink)
    return tuple(samplers.values())

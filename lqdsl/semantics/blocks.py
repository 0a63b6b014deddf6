"""The flow and sample blocks and their options."""

from collections.abc import Mapping

from lqdsl.diagnostics import Label, Sink, suggest
from lqdsl.ir.printing import place as printed
from lqdsl.ir.theory import Choice, Couple, Field, Flow, Lattice, LoopFamily, Parameter, Sampler
from lqdsl.ir.words import gap
from lqdsl.semantics.errors import collecting, fail
from lqdsl.semantics.loops import family_name
from lqdsl.semantics.options import Checker
from lqdsl.semantics.tables import SAMPLERS, WORDS, couple_table, prior_table, unfit
from lqdsl.syntax import ast

Loops = Mapping[str, LoopFamily | None]
"""Declared loops; None for those that are no families of paths or have errors of their own."""


def flow(
    node: ast.FlowBlock,
    fields: dict[str, Field],
    loops: Loops,
    lattice: Lattice,
    parameters: dict[str, Parameter],
    sink: Sink,
) -> Flow:
    """Prior and couplings; errors go to `sink`."""
    table = prior_table(tuple(field.kind for field in fields.values()))
    checker = Checker(parameters, unfit(table), WORDS)
    prior = checker.block("flow", node.options, table, node.span, "flow", sink).get("prior")
    couples: list[Couple] = []
    for couple in node.couples:
        with collecting(sink):
            field = _field(couple, fields)
            table = couple_table(field.kind)
            checker = Checker(parameters, unfit(table), WORDS)
            options = checker.block(field.name, couple.options, table, couple.span, "`couple`", sink)
            _check_net(options)
            via = _via(couple, field, loops, lattice, parameters)
            context = _context(couple, options, field, loops, lattice)
            couples.append(Couple(field.name, options, couple.span, via, context or via))
    links = any(field.kind.on_links for field in fields.values())  # passes refuse them beside other fields
    for name, field in fields.items():
        if couples and name not in {couple.field for couple in couples} and not links:
            sink.error(
                "E0503",
                f"the flow never updates the field `{name}`",
                node.span,
                labels=(Label(field.span, "declared here"),),
                helps=(f"add `couple {name} {{ ... }}`",),
            )
    return Flow(prior if isinstance(prior, Choice) else None, tuple(couples), node.span)


def _field(couple: ast.Couple, fields: dict[str, Field]) -> Field:
    """Blocks of one field follow each other in the order of the file. Error E0201."""
    name = couple.field.name
    if name not in fields:
        close = suggest(name, tuple(fields))
        helps = (f"did you mean `{close}`?",) if close else ()
        fail("E0201", f"unknown field `{name}`", couple.field.span, helps=helps)
    return fields[name]


# ---------------------------------------------------------------- loops


def _via(
    couple: ast.Couple, field: Field, loops: Loops, lattice: Lattice, parameters: dict[str, Parameter]
) -> tuple[str, ...]:
    if not field.kind.on_links:
        if couple.via:
            label = Label(field.span, "declared here")
            fail("E0705", f"loops update links, `{field.name}` is {field.kind}", couple.via[0].span, labels=(label,))
        return ()
    names = [_loop(node, field, loops, lattice, parameters) for node in couple.via]
    return tuple(dict.fromkeys(names))


def _context(couple: ast.Couple, options: Choice, field: Field, loops: Loops, lattice: Lattice) -> tuple[str, ...]:
    chosen = next((option for option in options.options if option.name == "context"), None)
    if chosen is None:
        return ()
    assert isinstance(chosen.value, tuple)
    written = next(option.value for option in couple.options if option.name.name == "context")
    nodes = written.items if isinstance(written, ast.ListExpr) else (written,)
    known = (_known_loop(str(n), node, field, loops, lattice) for n, node in zip(chosen.value, nodes, strict=True))
    return tuple(dict.fromkeys(known))


def _loop(node: ast.Expr, field: Field, loops: Loops, lattice: Lattice, parameters: dict[str, Parameter]) -> str:
    name = family_name(node, parameters)
    if name is None:
        fail("E0702", "`via` takes names of loops", node.span)
    return _known_loop(name, node, field, loops, lattice)


def _known_loop(name: str, place: ast.Expr, field: Field, loops: Loops, lattice: Lattice) -> str:
    """Errors E0201 for an unknown one, E0504 for one that is not a closed path of links of the field."""
    if name not in loops:
        close = suggest(name.partition("[")[0], tuple(loops))
        helps = (f"did you mean `{close}`?",) if close else ()
        declared = (known for known in loops if "[" not in known)
        notes = ("declared are " + ", ".join(declared),) if loops else ("no loop is declared",)
        fail("E0201", f"unknown loop `{name}`", place.span, helps=helps, notes=notes)
    family = loops[name]
    if family is None:
        help_ = "name it without its directions, `P`, and with numbers for its other indices, `W[2, 1]`"
        message = f"`{name}` is not a family of loops in all directions"
        fail("E0504", message, place.span, helps=(f"{help_}, or declare one with fixed extents",))
    label = Label(family.span, "declared here")
    for _, word in family.words:
        if any(link.field != field.name for link in word):
            fail("E0504", f"`{name}` does not consist of links of `{field.name}`", place.span, labels=(label,))
        hole = gap(word, (field.name,), lattice.extents)
        if not word or hole is not None:
            ends = (f"it ends at {printed(hole[0].end)} and goes on at {printed(hole[1].start)}",) if hole else ()
            fail("E0504", f"`{name}` is not a closed loop", place.span, labels=(label,), notes=ends)
    return name


# ---------------------------------------------------------------- nets and samplers


def _check_net(options: Choice) -> None:
    net = options.get("net")
    if not isinstance(net, Choice):
        return
    hidden, kernel = net.get("hidden"), net.get("kernel")
    if not isinstance(hidden, tuple):
        fail("E0702", f"`{net.name}` needs its hidden layers", net.span, helps=("write `hidden = [32, 32]`",))
    if isinstance(kernel, tuple) and len(kernel) != len(hidden) + 1:
        message = f"{len(hidden)} hidden layer(s) have {len(hidden) + 1} kernels, got {len(kernel)}"
        fail("E0702", message, net.span, helps=("one number stands for all of them",))


def sampler(node: ast.SampleBlock, parameters: dict[str, Parameter], sink: Sink) -> Sampler:
    """A sampler. The name of the block says which, unless `method = ...` does. Errors E0701 to E0704."""
    method, span, options = node.name.name, node.name.span, []
    for option in node.options:
        if option.name.name == "method":
            if not isinstance(option.value, ast.Name):
                fail("E0702", "`method` takes the name of a sampler", option.value.span)
            method, span = option.value.name, option.value.span
        else:
            options.append(option)
    if method not in SAMPLERS:
        close = suggest(method, tuple(SAMPLERS))
        fail(
            "E0703",
            f"unknown sampler `{method}`",
            span,
            notes=("known are " + ", ".join(SAMPLERS),),
            helps=(f"did you mean `{close}`?",) if close else ("for a name of your own add `method = hmc`",),
        )
    checked = Checker(parameters).block(method, tuple(options), SAMPLERS[method], node.span, f"`{method}`", sink)
    chains, batch = checked.get("chains", 1), checked.get("batch")
    if isinstance(batch, int) and isinstance(chains, int) and batch < chains:
        fail("E0702", f"`batch` must be at least the number of chains, {chains}, got {batch}", node.span)
    return Sampler(node.name.name, checked, node.span)

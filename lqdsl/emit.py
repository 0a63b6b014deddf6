"""Every stage as text, for `lqdsl compile --emit`."""

import dataclasses

from sympy import Expr

from lqdsl.ir.compiled import Compiled
from lqdsl.ir.printing import notation
from lqdsl.ir.theory import Correlator, Field, Theory
from lqdsl.syntax import ast

_HIDDEN = ("span",)


def emit_tree(node: object, depth: int = 0) -> str:
    """The syntax tree, a node a line."""
    lines: list[str] = []
    pending: list[tuple[str, object, int]] = [("", node, depth)]
    while pending:
        label, current, level = pending.pop()
        prefix = "  " * level + label
        if isinstance(current, ast.Node) and dataclasses.is_dataclass(current):
            lines.append(prefix + type(current).__name__)
            children = [
                (f"{f.name}: ", getattr(current, f.name), level + 1)
                for f in dataclasses.fields(current)
                if f.name not in _HIDDEN
            ]
            pending += reversed(children)
        elif isinstance(current, tuple):
            lines.append(f"{prefix}[{len(current)}]")
            pending += [("- ", item, level + 1) for item in reversed(current)]
        else:
            lines.append(f"{prefix}{current}")
    return "\n".join(lines) + "\n"


def emit_theory(theory: Theory) -> str:
    """The theory before the passes."""
    lines = [f"theory {theory.name}"]
    lines += [
        f"param {p.name} : {p.type} = {p.value}" + (f" in {p.interval}" if p.interval else "")
        for p in theory.parameters
    ]
    lines.append(f"lattice {list(theory.lattice.extents)} boundary {list(theory.lattice.boundary)}")
    lines += [f"field {field.name} : {field.kind}" for field in theory.fields]
    for term in theory.action:
        lines.append(f"action line {theory.line(term.span)}: {notation(term.expression, theory.fields)}")
        if term.imaginary != 0:
            lines.append(f"  imaginary: {notation(term.imaginary, theory.fields)}")
    lines += [f"symmetry {claim.name} ({claim.kind})" for claim in theory.symmetries]
    for observable in theory.observables:
        lines.append(f"observable {observable.name}: {_observable(observable.body, theory.fields)}")
    lines += [f"derived {derived.name}: {notation(derived.expression, theory.fields)}" for derived in theory.derived]
    return "\n".join(lines) + "\n"


def _observable(body: Expr | Correlator, fields: tuple[Field, ...]) -> str:
    if isinstance(body, Correlator):
        return f"correlator along axis {body.axis} of " + ", ".join(notation(part, fields) for part in body.densities)
    return notation(body, fields)


def emit_passes(compiled: Compiled) -> str:
    """What the passes proved and derived."""
    theory = compiled.theory
    action = compiled.action
    lines = [f"action: {notation(action.total, theory.fields)}"]
    lines.append(
        f"density: {notation(action.density, theory.fields) if action.density is not None else 'none, not one sum over sites'}"
    )
    lines.append(f"reach: {compiled.reach}")
    lines += [f"proved: {proof.name}{'' if proof.declared else ' (found)'}" for proof in compiled.proofs]
    for field in theory.fields:
        for component, expression in enumerate(compiled.forces[field.name]):
            lines.append(f"force {field.name}[{component}]: {notation(expression, theory.fields)}")
        if field.name in compiled.site_actions:
            lines.append(f"site action {field.name}: {notation(compiled.site_actions[field.name], theory.fields)}")
        if field.name in compiled.colours:
            lines.append(f"colours {field.name}: {compiled.colours[field.name].constructor}")
        if field.name in compiled.pairs:
            lines.append(f"clusters {field.name}: {compiled.pairs[field.name].words}")
    for coupling in compiled.couplings:
        shape = coupling.mask or coupling.pattern
        assert shape is not None
        flags = [word for word, flag in (("odd", coupling.odd), ("isotropic", coupling.isotropic)) if flag]
        lines.append(
            f"coupling {coupling.couple.field}: {coupling.layers} layers, {shape.words}, {' '.join(flags) or 'plain'} net"
        )
    for observable in compiled.observables:
        lines.append(f"observable {observable.name}: {_observable(observable.body, theory.fields)}")
    lines += [f"vanishes by symmetry: {name}" for name in compiled.vanishing]
    return "\n".join(lines) + "\n"

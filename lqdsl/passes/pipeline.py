"""All passes in order: what was proved and derived, beside the theory it was derived from."""

from dataclasses import replace

from sympy import Expr

from lqdsl.diagnostics import Diagnostic, DiagnosticError, Label, Sink
from lqdsl.ir.compiled import Action, Compiled, LinkActions, Pairs
from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import SiteSum, TopologicalCharge, derivative
from lqdsl.ir.rows import AT_INDEX, HOLDS_FIELDS
from lqdsl.ir.theory import (
    Correlator,
    Field,
    Lattice,
    Observable,
    Symmetry,
    Theory,
)
from lqdsl.passes.bounded import check_bounded
from lqdsl.passes.canonical import canonical_action, expand_at
from lqdsl.passes.cluster import cluster_forms
from lqdsl.passes.colours import colouring
from lqdsl.passes.conditional import couplings, reach, site_action
from lqdsl.passes.couplings import field_couplings
from lqdsl.passes.defined import check_defined
from lqdsl.passes.expand import shift_fields
from lqdsl.passes.force import force, pinned_force, row_forces
from lqdsl.passes.frames import Proved
from lqdsl.passes.gauge import prove_gauge
from lqdsl.passes.matrices import multiplications
from lqdsl.passes.periodic import check_periodic, check_periodic_observables
from lqdsl.passes.rotations import proved_spins
from lqdsl.passes.samplers import check_samplers
from lqdsl.passes.staples import is_linear, link_action, link_couplings, row_staples, staple, staples_at
from lqdsl.passes.symmetry import odd_terms, parity, prove, proved_maps, vanishing


def run_passes(theory: Theory) -> Compiled:
    """Raises DiagnosticError with everything that is wrong with the physics."""
    sink = Sink()
    action = canonical_action(theory)
    proofs = prove(theory, action, sink)
    _check_boundary(theory, action, kinds := {proof.kind for proof in proofs}, sink)
    check_defined(theory, action.terms, sink)
    check_periodic(theory, action.terms, sink)
    check_bounded(theory, action, sink)
    lattice, density = theory.lattice, action.density
    at_sites = [field for field in theory.fields if not isinstance(field.kind, Group)] if density is not None else []
    local = {field.name: site_action(density, field, lattice) for field in at_sites}
    colours = {field.name: colouring(couplings(density, field, lattice), lattice) for field in at_sites}
    links = {f.name: _link_actions(action, f, lattice) for f in theory.fields if isinstance(f.kind, Group)}
    observables = tuple(_expanded(observable, theory) for observable in theory.observables)
    check_periodic_observables(theory, observables, sink)
    proofs += prove_gauge(theory, action, observables, sink)
    proved = Proved(frozenset(kinds | multiplications(theory, action, proofs)), proved_spins(proofs, theory))
    flow = field_couplings(theory, proved, sink)
    asked = any(sampler.options.name == "wolff" for sampler in theory.samplers)
    clusters = cluster_forms(theory, action, asked)
    check_samplers(theory, action, colours, links, clusters, bool(flow), sink)
    sink.raise_if_errors()
    maps = proved_maps(proofs, theory)
    return Compiled(
        theory=theory,
        action=action,
        proofs=proofs,
        pinned_forces={f.name: pinned_force(action, f) for f in theory.fields},
        row_forces={f.name: row_forces(action, f) for f in theory.fields},
        forces={f.name: force(action, f, lattice.ndim) for f in theory.fields},
        site_actions=local,
        links=links,
        colours={name: mask for name, mask in colours.items() if mask is not None},
        observables=observables,
        vanishing=tuple(o.name for o in observables if isinstance(o.body, Expr) and vanishing(o.body, maps, theory)),
        vacuum={o.name: _vacuum(o.body, maps, theory) for o in observables if isinstance(o.body, Correlator)},
        couplings=flow,
        pairs={name: form for name, form in clusters.items() if isinstance(form, Pairs)},
        reach=reach(density) if density is not None else max(lattice.extents),
    )


def _border_sign(densities: tuple[Expr, ...], observable: Observable, theory: Theory) -> int:
    signs = {parity(density, theory) for density in densities}
    if len(signs) > 1 or 0 in signs:
        message = "across an antiperiodic border a correlator needs an operator that is even or odd in the fields"
        raise DiagnosticError((Diagnostic("E0501", message, observable.span),))
    return signs.pop()


def _check_boundary(theory: Theory, action: Action, kinds: set[str], sink: Sink) -> None:
    """E0501 for what changes sign across an antiperiodic border: the action, or sums over sites that it is made of."""
    if -1 not in theory.lattice.boundary:
        return
    if "sign" not in kinds:
        note = "fields change sign across the border, and this action does not stay the same"
        message = "antiperiodic boundaries need an action that is even in the fields"
        labels = tuple(Label(term.span, "this term changes") for term in odd_terms(theory, action)[:3])
        sink.error(
            "E0501", message, theory.action_span if not labels else labels[0].span, labels=labels[1:], notes=(note,)
        )
        return

    def depends_on_the_border(expression: Expr) -> bool:
        sums = (node for node in expression.atoms(SiteSum) if derivative(expression, node).has(*HOLDS_FIELDS))
        return any(parity(node.density, theory) != 1 for node in sums)

    for term in action.guilty(depends_on_the_border):
        note = "moved by one site it is another number: the sum depends on where the border lies"
        message = "across an antiperiodic border a sum over sites that is multiplied by fields has to be even in them"
        sink.error("E0501", message, term.span, notes=(note,))


def _vacuum(correlator: Correlator, maps: tuple[Symmetry, ...], theory: Theory) -> tuple[Expr, ...]:
    return tuple(density for density in correlator.densities if not vanishing(SiteSum(density), maps, theory))


def _expanded(observable: Observable, theory: Theory) -> Observable:
    body = observable.body
    lattice = theory.lattice
    if isinstance(body, Correlator):
        densities = tuple(shift_fields(expand_at(part, observable.span, lattice), lattice) for part in body.densities)
        if any(part.has(SiteSum) for part in densities):
            message = "a correlator takes a local operator, without sums over sites"
            raise DiagnosticError((Diagnostic("E0301", message, observable.span),))
        if any(part.has(*AT_INDEX) for part in densities) or lattice.is_index:
            message = "a correlator takes a local operator, not fields at given sites"
            raise DiagnosticError((Diagnostic("E0301", message, observable.span),))
        if any(part.has(TopologicalCharge) for part in densities):
            message = "a correlator takes a local operator, and the topological charge is one number of a configuration"
            helps = (f"declare `observable {observable.name} = topological_charge(...)`, which is measured as it is",)
            raise DiagnosticError((Diagnostic("E0301", message, observable.span, helps=helps),))
        if not all(part.has(*HOLDS_FIELDS) for part in densities):
            raise DiagnosticError((_constant(observable),))
        sign = 1 if lattice.boundary[body.axis] > 0 else _border_sign(densities, observable, theory)
        return Observable(observable.name, Correlator(densities, body.axis, sign), observable.span)
    expanded = expand_at(body, observable.span, lattice)
    if not expanded.has(*HOLDS_FIELDS, TopologicalCharge):
        raise DiagnosticError((_constant(observable),))
    return replace(observable, body=expanded)


def _constant(observable: Observable) -> Diagnostic:
    return Diagnostic("E0301", f"`{observable.name}` does not depend on any field", observable.span)


def _link_actions(action: Action, field: Field, lattice: Lattice) -> LinkActions:
    axes = field.axes(lattice.ndim)
    staples = tuple(staple(action, field, axis) for axis in axes)
    linear = all(is_linear(action, field, axis, lattice) for axis in axes)
    if action.density is None:
        return LinkActions(staples, linear, (), (), staples_at(action, field), row_staples(action, field))
    local = tuple(link_action(action.density, field, axis, lattice) for axis in axes)
    met = (link_couplings(action.density, field, axis, lattice) for axis in axes)
    colours = tuple(mask for mask in (colouring(offsets, lattice) for offsets in met) if mask is not None)
    return LinkActions(staples, linear, local, colours if len(colours) == len(axes) else ())

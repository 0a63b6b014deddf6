"""The coupling layers of each field: masks of sites, patterns of links, and the symmetries that the nets keep."""

from itertools import combinations

from lqdsl.diagnostics import Diagnostic, DiagnosticError, Sink, Span
from lqdsl.ir.compiled import FieldCoupling, LoopPattern
from lqdsl.ir.kinds import Group
from lqdsl.ir.masks import CoarseMask, LinearMask, Mask
from lqdsl.ir.theory import ODD_ACTIVATIONS, Choice, Couple, Field, Lattice, Option, Theory
from lqdsl.ir.words import steps
from lqdsl.passes.frames import Proved, check_axial, frame_of
from lqdsl.passes.hierarchy import hierarchy, swept
from lqdsl.passes.loop_masks import Stripes, search
from lqdsl.passes.loop_paths import Path, canonical
from lqdsl.passes.masks import mask_for
from lqdsl.passes.matrices import CHIRAL, kept
from lqdsl.passes.no_pattern import Wanted, no_pattern
from lqdsl.passes.scales import halvings, scales

DEFAULT_LAYERS = 8
LARGEST_HIERARCHY = 1024
"""Sites up to which compact fields without a `flow` block go from coarse to fine: each step is a program of its own."""
LINK_CYCLES = 4
"""A flow of links that says nothing of its layers updates every link so many times."""
AXES_OF_SCALES = 2
DEFAULT_SCALES = 4


def field_couplings(theory: Theory, proved: Proved, sink: Sink) -> tuple[FieldCoupling, ...]:
    """Couplings of the flow block, or the default ones. Errors E0502, E0503, E0504, E0901 go to `sink`."""
    if theory.flow is None or not theory.flow.couples:
        return _default_couplings(theory, proved)
    links = [field for field in theory.fields if field.kind.on_links]
    if links and len(theory.fields) > 1:
        sink.add(_mixed(theory))
        return ()
    result: list[FieldCoupling] = []
    for couple in theory.flow.couples:
        try:
            field = theory.field(couple.field)
            if field.kind.on_links:
                result += _link_couplings(couple, theory)
            else:
                result += _site_couplings(couple, theory, proved.kept_by(theory.flow.couples, theory))
        except DiagnosticError as error:
            for diagnostic in error.diagnostics:
                sink.add(diagnostic)
    return tuple(result)


def _mixed(theory: Theory) -> Diagnostic:
    assert theory.flow is not None
    notes = (
        "a charged field changes with the gauge, so that its layers would need the links as parallel transporters",
        "layers of links would have to see the other fields through gauge-invariant combinations",
    )
    helps = ("remove the `flow` block and sample with HMC",)
    message = "flows of links together with other fields are not available"
    return Diagnostic("E0901", message, theory.flow.span, notes=notes, helps=helps)


def _default_couplings(theory: Theory, proved: Proved) -> tuple[FieldCoupling, ...]:
    """A block for each field: from coarse to fine for compact fields where halving ends at one site, else checkerboard, a
    random mask where that does not close; plaquettes for links; none where links and other fields meet."""
    if any(field.kind.on_links for field in theory.fields):
        return _default_links(theory)
    flat, compact = _fitting(("", "random"), theory.lattice), _compact_mask(theory.lattice)
    if flat is None or compact is None:
        return ()
    couples = [_block(field, flat if field.kind.flat else compact) for field in theory.fields]
    kept_here = proved.kept_by(couples, theory)
    return tuple(coupling for couple in couples for coupling in _site_couplings(couple, theory, kept_here))


def _compact_mask(lattice: Lattice) -> str | None:
    """Uniform single spins become configurations of a finer and finer lattice. Where the coarsest one has several sites,
    which start independent, layers of a checkerboard train sooner; on large lattices they compile sooner."""
    ends_at_one = all(extent & (extent - 1) == 0 for extent in lattice.extents)
    if ends_at_one and not lattice.is_index and 1 < lattice.volume <= LARGEST_HIERARCHY:
        return "hierarchical"
    return _fitting(("", "random"), lattice)


def _fitting(masks: tuple[str, ...], lattice: Lattice) -> str | None:
    """The first of these masks, "" for the usual one, that fits the lattice."""
    nowhere = Span(0, 0)
    for name in masks:
        try:
            mask_for(Choice(name, (), nowhere) if name else None, lattice, DEFAULT_LAYERS, nowhere)
        except DiagnosticError:
            continue
        return name
    return None


def _block(field: Field, mask: str) -> Couple:
    """The block that a file could have written; no mask is the checkerboard."""
    nowhere = Span(0, 0)
    options = (Option("mask", Choice(mask, (), nowhere), nowhere),) if mask else ()
    return Couple(field.name, Choice(field.name, options, nowhere), nowhere)


def _default_links(theory: Theory) -> tuple[FieldCoupling, ...]:
    field, nowhere = theory.fields[0], Span(0, 0)
    if len(theory.fields) > 1 or not isinstance(field.kind, Group) or not field.kind.link:
        return ()
    couple = Couple(field.name, Choice(field.name, (), nowhere), nowhere)
    if theory.lattice.ndim == AXES_OF_SCALES and (count := halvings(theory.lattice.extents)):
        halved = scales(theory.lattice.extents, min(count, DEFAULT_SCALES), layers_of_scales(field))
        return tuple(FieldCoupling(couple, pattern.cycle, None, False, False, pattern) for pattern in halved)
    loops = plaquettes(theory.lattice.ndim)
    pattern = search(loops, loops, theory.lattice.extents)
    if not isinstance(pattern, LoopPattern):
        return ()
    return (FieldCoupling(couple, LINK_CYCLES * pattern.cycle, None, False, False, pattern),)


def plaquettes(ndim: int) -> tuple[Path, ...]:
    """One path a plane."""
    return tuple((mu, nu, -mu, -nu) for mu, nu in combinations(range(1, ndim + 1), 2))


def _site_couplings(couple: Couple, theory: Theory, proved: Proved) -> tuple[FieldCoupling, ...]:
    """The couplings of a block: one, or for a hierarchy one for each of its steps. Raises E0502, E0503, E0705."""
    check_axial(couple, proved, theory)
    chosen, frame = couple.options.get("mask"), frame_of(couple, proved, theory)
    assert chosen is None or isinstance(chosen, Choice)
    if chosen is None and theory.lattice.is_index and (name := _fitting(("", "random"), theory.lattice)):
        chosen = Choice(name, (), couple.span)  # an odd number of values has no two halves
    layers = couple.options.get("layers")
    assert layers is None or isinstance(layers, int)
    if chosen is None or chosen.name != "hierarchical":
        count = DEFAULT_LAYERS if layers is None else layers
        mask = mask_for(chosen, theory.lattice, count, couple.span)
        return (_site_coupling(couple, theory, proved, mask, count),)
    steps = hierarchy(theory.lattice, chosen.span)
    each, more = divmod(len(steps) if layers is None else layers, len(steps))
    if not each:
        message = f"{layers} layer(s) do not update every site: from coarse to fine there are {len(steps)} steps"
        helps = (f"use at least `layers = {len(steps)}`",)
        raise DiagnosticError((Diagnostic("E0503", message, couple.span, helps=helps),))
    sweeps = chosen.get("sweeps", 0)
    assert isinstance(sweeps, int)
    if sweeps and not steps[-2].odd:
        message = "before the last step there is one class of sites, which see nothing"
        raise DiagnosticError((Diagnostic("E0502", message, chosen.span, helps=("leave `sweeps` out",)),))
    result = []
    for number, step in enumerate(steps):
        own = _site_coupling(couple, theory, proved, step, each + (number < more))
        # Spins of the coarsest sublattice stay uniform where all directions are equal, unless others rotate with them.
        if step.odd or not (frame and frame.fields == (couple.field,) or own.matrices == CHIRAL):
            result.append(own)
        if sweeps and step.odd and number == len(steps) - 2:
            result.append(_site_coupling(couple, theory, proved, swept(step), 2 * sweeps))
    return tuple(result)


def _site_coupling(couple: Couple, theory: Theory, proved: Proved, mask: Mask, layers: int) -> FieldCoupling:
    checkerboard = isinstance(mask, LinearMask) and mask.modulus == 2 and set(mask.form) == {1}
    coarse = isinstance(mask, CoarseMask) and len(set(mask.spacing)) == 1 and all(mask.halved)
    field, kinds = theory.field(couple.field), proved.kinds
    frame, views = frame_of(couple, proved, theory), proved.views(couple.field)
    matrices = kept(couple, field, kinds, mask)
    # Rotations and reflections about a site map these patterns to themselves, others not. Frames with tied weights would
    # see no more of spins than their sums over shells, and have no centres of matrices that differ from layer to layer.
    symmetric = (checkerboard or coarse) and {"rotations", "reflections"} <= kinds
    isotropic = symmetric and not (frame or views or matrices)
    net = couple.options.get("net")
    activation = net.get("activation", ODD_ACTIVATIONS[0]) if isinstance(net, Choice) else ODD_ACTIVATIONS[0]
    # Cosines of angles do not change with the sign of the other fields.
    odd = "sign" in kinds and activation in ODD_ACTIVATIONS and all(field.kind.flat for field in theory.fields)
    return FieldCoupling(couple, layers, mask, odd, isotropic, frame=frame, views=views, matrices=matrices)


def _link_couplings(couple: Couple, theory: Theory) -> tuple[FieldCoupling, ...]:
    count = couple.options.get("scales")
    return _scales(couple, count, theory) if isinstance(count, int) else (_link_coupling(couple, theory),)


def _scales(couple: Couple, count: int, theory: Theory) -> tuple[FieldCoupling, ...]:
    """One layer for each of at most `count` scales; raises E0502, E0702."""
    extents = theory.lattice.extents
    if len(extents) != AXES_OF_SCALES or {canonical(path) for path in _paths(couple.via, theory)} - {
        canonical(p) for p in plaquettes(2)
    }:
        helps = ("leave `scales` out: patterns of single links work for all loops",)
        message = "`scales` halves blocks of plaquettes on two axes"
        raise DiagnosticError((Diagnostic("E0502", message, couple.span, helps=helps),))
    possible = halvings(extents)
    if not possible:
        message = f"blocks of even extents do not fit on {list(extents)}"
        raise DiagnosticError((Diagnostic("E0502", message, couple.span, helps=("use an even extent",)),))
    unused = next((o for o in couple.options.options if o.name in ("mask", "context")), None)
    if unused is not None:
        message = f"`{unused.name}` is decided by `scales`"
        raise DiagnosticError((Diagnostic("E0702", message, unused.span, helps=("leave it out",)),))
    layers = couple.options.get("layers", layers_of_scales(theory.field(couple.field)))
    assert isinstance(layers, int)
    patterns = scales(extents, min(count, possible), layers)
    return tuple(FieldCoupling(couple, pattern.cycle, None, False, False, pattern) for pattern in patterns)


def layers_of_scales(field: Field) -> int:
    """Layers of a scale: what does not commute takes both halves in turn."""
    return 1 if isinstance(field.kind, Group) and field.kind.abelian else 2


def _link_coupling(couple: Couple, theory: Theory) -> FieldCoupling:
    wanted, extents = _wanted(couple, theory), theory.lattice.extents
    pattern = wanted.pattern(extents)
    if not isinstance(pattern, LoopPattern):
        pattern = wanted.pattern(extents, _left_to_others(couple, wanted, theory))
    if not isinstance(pattern, LoopPattern):
        raise DiagnosticError((no_pattern(couple, pattern, theory.lattice, wanted),))
    layers = couple.options.get("layers", LINK_CYCLES * pattern.cycle)
    assert isinstance(layers, int)
    if layers < pattern.cycle:
        links = " or ".join(f"`{couple.field}[{axis}]`" for axis in pattern.directions)
        message = f"{layers} layer(s) do not update every {links or 'link'}: a cycle has {pattern.cycle}"
        helps = (f"use at least `layers = {pattern.cycle}`",)
        raise DiagnosticError((Diagnostic("E0503", message, couple.span, notes=(pattern.words,), helps=helps),))
    return FieldCoupling(couple, layers, None, False, False, pattern)


def _wanted(couple: Couple, theory: Theory) -> Wanted:
    """What the block of a link field asks for; raises E0502."""
    via = _paths(couple.via, theory) or plaquettes(theory.lattice.ndim)
    mask = couple.options.get("mask")
    stripes = _stripes(mask, theory) if isinstance(mask, Choice) else None
    return Wanted(via, _paths(couple.context, theory) or via, stripes)


def _left_to_others(couple: Couple, wanted: Wanted, theory: Theory) -> set[int]:
    """Directions that a block need not update, since other blocks of the field do: any of them where the file chose the
    mask, else those that its loops do not run along."""
    assert theory.flow is not None
    others = [other for other in theory.flow.couples if other is not couple and other.field == couple.field]
    updated = {axis for other in others for axis in _updated(other, theory)}
    return updated if wanted.stripes else updated - {abs(step) - 1 for path in wanted.via for step in path}


def _updated(couple: Couple, theory: Theory) -> set[int]:
    """Directions whose links a block updates, all of them; with `scales` some links keep their values."""
    every = set(range(theory.lattice.ndim))
    if couple.options.get("scales") is not None:
        return set()
    try:
        found = _wanted(couple, theory).pattern(theory.lattice.extents)
    except DiagnosticError:  # which is told of at that block
        return every
    return every if isinstance(found, LoopPattern) else every - set(found)


def _paths(names: tuple[str, ...], theory: Theory) -> tuple[Path, ...]:
    """The paths of all orientations of named loops."""
    families = {family.name: family for family in theory.loops}
    return tuple(dict.fromkeys(steps(word) for name in names for _, word in families[name].words))


def _stripes(mask: Choice, theory: Theory) -> Stripes | None:
    if mask.name != "stripes":
        message = f"`{mask.name}` is no pattern for links"
        helps = ("leave `mask` out, or ask for `mask = stripes(period = 4)`",)
        raise DiagnosticError((Diagnostic("E0502", message, mask.span, helps=helps),))
    axis, period = mask.get("axis"), mask.get("period", 4)
    assert axis is None or isinstance(axis, int)
    assert isinstance(period, int)
    if axis is not None and axis >= theory.lattice.ndim:
        message = f"there is no axis {axis} on a lattice of {theory.lattice.ndim} dimension(s)"
        raise DiagnosticError((Diagnostic("E0502", message, mask.span),))
    return Stripes(period, axis)

"""The flow as constructor calls of the runtime."""

from itertools import groupby
from textwrap import wrap

from lqdsl.codegen.calls import CIRCLE, CLASSES, WIDTH, Arguments, arguments_of, call, listed, literal
from lqdsl.codegen.kernels import written
from lqdsl.ir.compiled import Compiled, FieldCoupling, LinkUpdate, LoopPattern
from lqdsl.ir.kinds import Group
from lqdsl.ir.theory import Choice, Field, Lattice, Theory

_SHORT_PATH = 8
"""Paths up to so many steps are written step by step."""
_COMPACT_PRIORS = ("haar", "uniform")
"""Priors of fields that have only one."""
_DEFAULT_FLOW = {
    "prior": "rt.FreeField(mass2=1.0, learn=True)",
    "kernel": "rt.Spline(bins=8, interval=3.0)",
}
_DEFAULT_LINK_NET = {"hidden": "(8, 8)", "kernel": "3", "activation": '"leaky_relu"'}
_DEFAULT_SCALE_NET = {"hidden": "(16,)", "kernel": "1", "activation": '"silu"'}
_WIDE_KERNEL_DIMENSIONS = 2
"""Up to this dimension the default net begins with a kernel of extent 5."""


def flow(compiled: Compiled, field_names: dict[str, str]) -> list[str]:
    """`FLOW = ...`; a theory whose lattice has no mask has none."""
    theory = compiled.theory
    if not compiled.couplings:
        return ["FLOW = None"]
    train = theory.train.options if theory.train else None
    chosen = theory.flow.prior if theory.flow else None
    priors = call(
        "Fields", {field_names[f.name]: _prior(chosen, f, theory.lattice) for f in theory.fields}, 4, len("prior=")
    )
    couplings = "".join(
        f"{_pattern_comment(c.pattern)}        {_coupling(c, field_names, theory)},\n" for c in compiled.couplings
    )
    arguments: Arguments = {
        "lattice": "LATTICE",
        "kinds": "KINDS",
        "prior": priors,
        "couplings": f"(\n{couplings}    )",
    }
    for option in ("composition", "backward"):
        value = train.get(option) if train else None
        if value is not None:
            arguments[option] = literal(value)
    return ("FLOW = " + call("rt.Flow", arguments)).split("\n")


def _prior(chosen: Choice | None, field: Field, lattice: Lattice) -> str:
    """That of the file where it is one of such fields, the usual one else."""
    if isinstance(field.kind, Group):
        return "rt.Haar()"
    if not field.kind.flat:
        return "rt.Uniform()"
    if chosen is not None and chosen.name not in _COMPACT_PRIORS:
        return call(CLASSES[chosen.name], arguments_of(chosen))
    return "rt.Normal(mean=0.0, sigma=1.0)" if lattice.is_index else _DEFAULT_FLOW["prior"]


def _pattern_comment(pattern: LoopPattern | None) -> str:
    """What moves, what does not and what the nets see, above the coupling."""
    if pattern is None:
        return ""
    lines = wrap(pattern.words, WIDTH - 11, break_long_words=False, break_on_hyphens=False)
    return "".join(f"        # {line}\n" for line in lines)


def _coupling(coupling: FieldCoupling, field_names: dict[str, str], theory: Theory) -> str:
    if coupling.pattern is not None:
        return _loop_coupling(coupling, coupling.pattern, field_names, theory)
    assert coupling.mask is not None
    field = theory.field(coupling.couple.field)
    kernel, net = coupling.couple.options.get("kernel"), coupling.couple.options.get("net")
    classes = CIRCLE if field.kind.circle else CLASSES
    if isinstance(net, Choice):
        net_class, net_arguments = CLASSES[net.name], arguments_of(net)
    elif theory.lattice.is_index or theory.lattice.volume == 1:
        net_class = "rt.MLP"
        net_arguments = {"hidden": "(64, 64)"} if field.kind.flat else {"hidden": "(32, 32)", "activation": '"silu"'}
    else:
        first = _first_kernel(coupling, theory)
        net_class, net_arguments = "rt.CNN", {"hidden": "(32, 32)", "kernel": f"({first}, 1, 1)"}
    if coupling.odd:
        net_arguments["odd"] = "True"
    if coupling.isotropic and net_class == "rt.CNN":
        net_arguments["isotropic"] = "True"
    arguments = {
        "field": literal(field_names[coupling.couple.field]),
        "layers": str(coupling.layers),
        "mask": coupling.mask.constructor,
        "kernel": written(kernel, classes, 12, len("kernel="))
        if kernel is not None
        else _default_kernel(field, coupling),
        "net": call(net_class, net_arguments, 12, len("net=")),
    }
    if coupling.frame:
        partners = coupling.frame.without(field.name)
        arguments["frame"] = _frame(coupling.frame.mirror, partners, field_names, 12, len("frame="))
    if coupling.matrices:
        unit = {"unit": "True"} if coupling.matrices == "conjugation" else {}
        arguments["frame"] = call("rt.MatrixFrame", {"matrices": "8", "kernel": "5", **unit}, 12, len("frame="))
    if coupling.views:
        views = tuple(_frame(view.mirror, view.fields, field_names, 16) for view in coupling.views)
        arguments["views"] = listed(views, 12, len("views="))
    return call("rt.Coupling", arguments, indent=8)


def _frame(mirror: bool, fields: tuple[str, ...], field_names: dict[str, str], indent: int, before: int = 0) -> str:
    """A frame that combines spins of these other fields."""
    others = {"fields": literal(tuple(field_names[name] for name in fields))} if fields else {}
    return call("rt.Frame", {"vectors": "8", "kernel": "5", "mirror": str(mirror), **others}, indent, before)


def _first_kernel(coupling: FieldCoupling, theory: Theory) -> int:
    """The extent of the default net. Invariants are made at the active sites, of spins around them; beside them a wider kernel
    than 3 makes nothing better, and twice as slow."""
    combined = {name for spins in (coupling.frame, *coupling.views) if spins for name in spins.fields}
    if coupling.matrices or combined == {field.name for field in theory.fields}:
        return 1
    return 3 if combined or theory.lattice.ndim > _WIDE_KERNEL_DIMENSIONS else 5


def _default_kernel(field: Field, coupling: FieldCoupling) -> str:
    """The kernel of a coupling of site fields that names none."""
    if field.kind.circle:
        return "rt.CircularSpline(bins=8)"
    if coupling.matrices or (isinstance(field.kind, Group) and not field.kind.unit):
        return "rt.Spectral(bins=8)"
    if coupling.frame:
        return "rt.Axial(bins=8)"
    return "rt.Recursive(bins=8, circle=rt.CircularSpline(bins=8))" if field.kind.unit else _DEFAULT_FLOW["kernel"]


def _loop_coupling(coupling: FieldCoupling, pattern: LoopPattern, field_names: dict[str, str], theory: Theory) -> str:
    field, options = theory.field(coupling.couple.field), coupling.couple.options
    kernel, net = options.get("kernel"), options.get("net")
    halves = any(update.start for update in pattern.updates)
    kernel_text = _default_link_kernel(field, halves) if kernel is None else written(kernel, CIRCLE, 12, len("kernel="))
    default_net = _DEFAULT_SCALE_NET if halves else _DEFAULT_LINK_NET
    net_arguments = {**default_net, **arguments_of(net)} if isinstance(net, Choice) else default_net
    arguments = {
        "field": literal(field_names[field.name]),
        "layers": str(coupling.layers),
        "updates": listed(tuple(_update(update) for update in pattern.updates), 12, len("updates=")),
        "translation": literal(pattern.translation),
        "context": _paths(pattern.context),
        "kernel": kernel_text,
        "net": call("rt.CNN", net_arguments, 12, len("net=")),
    }
    if pattern.mirror is not None:
        arguments["mirror"] = str(pattern.mirror)
    return call("rt.LoopCoupling", arguments, indent=8)


def _update(update: LinkUpdate) -> str:
    single = len(update.forms) == 1
    arguments = {
        "direction": str(update.direction),
        "path": _path(update.path),
        "form": literal(update.forms[0] if single else update.forms),
        "modulus": literal(update.moduli[0] if single else update.moduli),
    }
    if update.phase:
        arguments["start"] = str(update.phase)
    return call("rt.LinkUpdate", arguments, indent=16)


def _paths(paths: tuple[tuple[int, ...], ...]) -> str:
    return listed(tuple(_path(path) for path in paths), 12, len("context="))


def _path(path: tuple[int, ...]) -> str:
    """The steps one by one, or how often each is made where that is shorter."""
    runs = [(step, len(list(group))) for step, group in groupby(path)]
    text = f"rt.steps({', '.join(f'({step}, {count})' for step, count in runs)})"
    return text if len(path) > _SHORT_PATH and len(text) < len(literal(path)) else literal(path)


def _default_link_kernel(field: Field, halves: bool) -> str:
    """The kernel of a coupling that names none; Moebius maps learn the halves of a block fastest."""
    assert isinstance(field.kind, Group)
    if not field.kind.abelian:
        return "rt.Spectral(bins=8)"
    return "rt.Moebius(components=4)" if halves else "rt.NCP(components=6)"

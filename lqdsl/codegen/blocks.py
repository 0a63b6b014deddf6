"""Flow, training and samplers as constructor calls of the runtime."""

from itertools import groupby

from lqdsl.diagnostics import InternalError
from lqdsl.ir.compiled import Compiled, FieldCoupling, LinkUpdate, LoopPattern
from lqdsl.ir.kinds import Group
from lqdsl.ir.theory import Choice, Field, Lattice, Stop, Theory

WIDTH = 116
SHORT_PATH = 8
"""Paths up to so many steps are written step by step."""
_CLASSES = {
    "normal": "rt.Normal",
    "free": "rt.FreeField",
    "haar": "rt.Haar",
    "uniform": "rt.Uniform",
    "affine": "rt.Affine",
    "spline": "rt.Spline",
    "ncp": "rt.NCP",
    "moebius": "rt.Moebius",
    "spectral": "rt.Spectral",
    "recursive": "rt.Recursive",
    "radial": "rt.Radial",
    "axial": "rt.Axial",
    "cnn": "rt.CNN",
    "mlp": "rt.MLP",
    "adam": "rt.Adam",
    "flow_mh": "rt.FlowMetropolis",
    "hmc": "rt.HMC",
    "heatbath": "rt.Heatbath",
    "metropolis": "rt.LocalMetropolis",
    "overrelaxation": "rt.Overrelaxation",
    "tempering": "rt.Tempering",
    "wolff": "rt.Wolff",
}
_UPDATES = {"hmc": "rt.Trajectories", "metropolis": "rt.Sweeps"}
"""What moves the replicas of tempering."""
COMPACT_PRIORS = ("haar", "uniform")
"""Priors of fields that have only one."""
_DEFAULT_FLOW = {
    "prior": "rt.FreeField(mass2=1.0, learn=True)",
    "kernel": "rt.Spline(bins=8, interval=3.0)",
}
_CIRCLE = {**_CLASSES, "spline": "rt.CircularSpline"}
"""The same for fields of angles."""
_DEFAULT_LINK_NET = {"hidden": "(8, 8)", "kernel": "3", "activation": '"leaky_relu"'}
_DEFAULT_SCALE_NET = {"hidden": "(16,)", "kernel": "1", "activation": '"silu"'}
_DEFAULT_SAMPLERS = (("flow_mh", {"chains": "1", "draws": "20000"}), ("hmc", {"chains": "64", "draws": "2000"}))
_DEFAULT_TRAIN = {
    "batch": "256",
    "steps": "2000",
    "optimizer": 'rt.Adam(rate=0.005, schedule="cosine", clip=20.0)',
    "stop": '(rt.Stop("minutes", ">", 5.0),)',
}
_COMPACT_ADAM = 'rt.Adam(rate=0.002, schedule="cosine", clip=20.0)'
"""Layers of angles go astray at larger rates."""
_HEATBATH = ("heatbath", {"chains": "64", "draws": "2000"})
WIDE_KERNEL_DIMENSIONS = 2
"""Up to this dimension the default net begins with a kernel of extent 5."""
Arguments = dict[str, str]


def literal(value: object) -> str:
    """Python text of an option value."""
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        inside = ", ".join(literal(item) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    raise InternalError(f"no Python text for {value!r}")


def call(name: str, arguments: Arguments, indent: int = 0, before: int = 0) -> str:
    """`name(key=value, ...)` on one line, or an argument a line where that is too long; `indent` is that of the last line."""
    line = f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"
    if indent + before + len(line) <= WIDTH and "\n" not in line:
        return line
    inner = " " * (indent + 4)
    body = "".join(f"{inner}{key}={value},\n" for key, value in arguments.items())
    return f"{name}(\n{body}{' ' * indent})"


def _arguments(choice: Choice, skip: tuple[str, ...] = ()) -> Arguments:
    return {option.name: literal(option.value) for option in choice.options if option.name not in skip}


def _kernel(chosen: object, classes: dict[str, str]) -> str:
    """A kernel, or several that are applied one after the other."""
    if isinstance(chosen, tuple):
        inside = ", ".join(_kernel(item, classes) for item in chosen)
        return f"rt.Chain(({inside}{',' * (len(chosen) == 1)}))"
    assert isinstance(chosen, Choice)
    arguments = {
        option.name: _kernel(option.value, _CIRCLE) if isinstance(option.value, Choice) else literal(option.value)
        for option in chosen.options
    }
    return call(classes[chosen.name], arguments)


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
    couplings = "".join(f"        {_coupling(c, field_names, theory)},\n" for c in compiled.couplings)
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
    if chosen is not None and chosen.name not in COMPACT_PRIORS:
        return call(_CLASSES[chosen.name], _arguments(chosen))
    return "rt.Normal(mean=0.0, sigma=1.0)" if lattice.is_index else _DEFAULT_FLOW["prior"]


def _coupling(coupling: FieldCoupling, field_names: dict[str, str], theory: Theory) -> str:
    if coupling.pattern is not None:
        return _loop_coupling(coupling, coupling.pattern, field_names, theory)
    assert coupling.mask is not None
    field = theory.field(coupling.couple.field)
    kernel, net = coupling.couple.options.get("kernel"), coupling.couple.options.get("net")
    classes = _CIRCLE if field.kind.circle else _CLASSES
    if isinstance(net, Choice):
        net_class, net_arguments = _CLASSES[net.name], _arguments(net)
    elif theory.lattice.is_index or theory.lattice.volume == 1:
        net_class = "rt.MLP"
        net_arguments = {"hidden": "(64, 64)"} if field.kind.flat else {"hidden": "(32, 32)", "activation": '"silu"'}
    else:
        first = 1 if coupling.frame or coupling.matrices else 5 if theory.lattice.ndim <= WIDE_KERNEL_DIMENSIONS else 3
        net_class, net_arguments = "rt.CNN", {"hidden": "(32, 32)", "kernel": f"({first}, 1, 1)"}
    if coupling.odd:
        net_arguments["odd"] = "True"
    if coupling.isotropic and net_class == "rt.CNN":
        net_arguments["isotropic"] = "True"
    arguments = {
        "field": literal(field_names[coupling.couple.field]),
        "layers": str(coupling.layers),
        "mask": coupling.mask.constructor,
        "kernel": _kernel(kernel, classes) if kernel is not None else _default_kernel(field, coupling),
        "net": call(net_class, net_arguments, 12, len("net=")),
    }
    if coupling.frame:
        arguments["frame"] = call("rt.Frame", {"vectors": "8", "kernel": "5", "mirror": str(coupling.mirror)})
    if coupling.matrices:
        unit = {"unit": "True"} if coupling.matrices == "conjugation" else {}
        arguments["frame"] = call("rt.MatrixFrame", {"matrices": "8", "kernel": "5", **unit})
    return call("rt.Coupling", arguments, indent=8)


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
    kernel_text = default_link_kernel(field, halves)
    if isinstance(kernel, Choice):
        kernel_text = call(_CIRCLE[kernel.name], _arguments(kernel))
    default_net = _DEFAULT_SCALE_NET if halves else _DEFAULT_LINK_NET
    net_arguments = {**default_net, **_arguments(net)} if isinstance(net, Choice) else default_net
    updates = "".join(f"                {_update(update)},\n" for update in pattern.updates)
    arguments = {
        "field": literal(field_names[field.name]),
        "layers": str(coupling.layers),
        "updates": f"(\n{updates}            )",
        "translation": literal(pattern.translation),
        "context": _paths(pattern.context),
        "kernel": kernel_text,
        "net": call("rt.CNN", net_arguments, 12, len("net=")),
    }
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
    texts = [_path(path) for path in paths]
    line = f"({', '.join(texts)}{',' * (len(texts) == 1)})"
    if len(line) <= WIDTH - 20:
        return line
    return "(\n" + "".join(f"{' ' * 16}{text},\n" for text in texts) + " " * 12 + ")"


def _path(path: tuple[int, ...]) -> str:
    """The steps one by one, or how often each is made where that is shorter."""
    runs = [(step, len(list(group))) for step, group in groupby(path)]
    text = f"rt.steps({', '.join(f'({step}, {count})' for step, count in runs)})"
    return text if len(path) > SHORT_PATH and len(text) < len(literal(path)) else literal(path)


def default_link_kernel(field: Field, halves: bool) -> str:
    """The kernel of a coupling that names none; Moebius maps learn the halves of a block fastest."""
    assert isinstance(field.kind, Group)
    if not field.kind.abelian:
        return "rt.Spectral(bins=8)"
    return "rt.Moebius(components=4)" if halves else "rt.NCP(components=6)"


def train(theory: Theory, parameter_names: dict[str, str]) -> list[str]:
    """`TRAIN = ...`."""
    if theory.train is None:
        compact = any(not (field.kind.flat or field.kind.on_links) for field in theory.fields)
        usual = _DEFAULT_TRAIN | {"optimizer": _COMPACT_ADAM} if compact else _DEFAULT_TRAIN
        return ("TRAIN = " + call("rt.TrainOptions", usual)).split("\n")
    options = theory.train.options
    arguments: Arguments = {}
    for option in options.options:
        value = option.value
        if option.name == "loss" and isinstance(value, Choice):
            arguments["loss"] = literal(value.name)
            arguments |= _arguments(value)
        elif option.name not in ("optimizer", "schedule", "warmup", "clip", "composition", "backward"):
            arguments[option.name] = literal(value)
    optimizer = options.get("optimizer")
    adam = _arguments(optimizer) if isinstance(optimizer, Choice) else {}
    for name in ("schedule", "warmup", "clip"):
        if options.get(name) is not None:
            adam[name] = literal(options.get(name))
    if adam:
        arguments["optimizer"] = call("rt.Adam", adam)
    if theory.train.anneals:
        rules = [f'rt.Anneal("{parameter_names[rule.parameter]}", {rule.start!r})' for rule in theory.train.anneals]
        arguments["anneal"] = f"({', '.join(rules)}{',' * (len(rules) == 1)})"
    if theory.train.stops:
        arguments["stop"] = _stops(theory.train.stops)
    return ("TRAIN = " + call("rt.TrainOptions", arguments)).split("\n")


def _stops(rules: tuple[Stop, ...]) -> str:
    stops = [f'rt.Stop("{rule.quantity}", "{rule.comparison}", {rule.threshold!r})' for rule in rules]
    return f"({', '.join(stops)},)" if len(stops) == 1 else f"({', '.join(stops)})"


def samplers(compiled: Compiled, field_names: dict[str, str]) -> list[str]:
    """`SAMPLERS = {...}`; without any in the file, HMC and the flow."""
    theory = compiled.theory
    rows: list[tuple[str, str, Arguments]] = []
    for sampler in theory.samplers:
        rows.append((sampler.name, sampler.options.name, _sampler_arguments(sampler.options)))
    if not rows:
        links = compiled.links.values()
        heatbath = links and len(links) == len(theory.fields) and all(link.linear and link.colours for link in links)
        defaults = (*_DEFAULT_SAMPLERS, _HEATBATH) if heatbath else _DEFAULT_SAMPLERS
        rows = [(name, name, dict(arguments)) for name, arguments in defaults]
    lines = ["SAMPLERS = {"]
    for name, method, arguments in rows:
        if method == "flow_mh" and not compiled.couplings:
            continue
        if method in ("heatbath", "metropolis", "overrelaxation") or "rt.Sweeps" in arguments.get("update", ""):
            arguments["colours"] = _colours(compiled, field_names)
        if method == "wolff" and any(field.kind.flat for field in theory.fields):
            arguments["colours"] = _colours(compiled, field_names)
        if method in ("hmc", "tempering") and theory.has_particles:
            arguments.setdefault("start", '"grid"')
        text = call(_CLASSES[method], arguments, 4, len(name) + 4)
        lines += f'    "{name}": {text},'.split("\n")
    return [*lines, "}"]


def _sampler_arguments(options: Choice) -> Arguments:
    update = options.get("update")
    if not isinstance(update, Choice):
        return _arguments(options)
    chosen = call(_UPDATES[update.name], _arguments(update), 8, len("update="))
    return {**_arguments(options, ("update",)), "update": chosen}


def _colours(compiled: Compiled, field_names: dict[str, str]) -> str:
    """Patterns of sites, and for links one for each direction; on one line or a pattern a line."""
    rows: dict[str, tuple[str, ...]] = {name: (mask.constructor,) for name, mask in compiled.colours.items()}
    rows |= {name: tuple(mask.constructor for mask in known.colours) for name, known in compiled.links.items()}
    entries = []
    for name, masks in rows.items():
        listed = masks[0] if name in compiled.colours else f"({', '.join(masks)}{',' * (len(masks) == 1)})"
        if len(listed) > WIDTH - 32:
            listed = "(\n" + "".join(f"{' ' * 16}{mask},\n" for mask in masks) + " " * 12 + ")"
        entries.append(f'"{field_names[name]}": {listed}')
    line = "{" + ", ".join(entries) + "}"
    if "\n" not in line and len(line) <= WIDTH - 20:
        return line
    return "{\n" + "".join(f"{' ' * 12}{entry},\n" for entry in entries) + " " * 8 + "}"

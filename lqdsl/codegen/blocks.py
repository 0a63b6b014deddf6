"""Training and samplers as constructor calls of the runtime."""

from lqdsl.codegen.calls import CLASSES, UPDATES, WIDTH, Arguments, arguments_of, call, literal
from lqdsl.ir.compiled import Compiled
from lqdsl.ir.theory import Choice, Stop, Theory

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


def train(theory: Theory, parameter_names: dict[str, str]) -> list[str]:
    """`TRAIN = ...`."""
    if theory.train is None:
        compact = any(not (field.kind.flat or field.kind.on_links) for field in theory.fields)
        usual = _DEFAULT_TRAIN | {"optimizer": _COMPACT_ADAM} if compact else _DEFAULT_TRAIN
        return ("TRAIN = " + call("rt.TrainOptions", usual, 0, len("TRAIN ="))).split("\n")
    options = theory.train.options
    arguments: Arguments = {}
    for option in options.options:
        value = option.value
        if option.name == "loss" and isinstance(value, Choice):
            arguments["loss"] = literal(value.name)
            arguments |= arguments_of(value)
        elif option.name not in ("optimizer", "schedule", "warmup", "clip", "composition", "backward"):
            arguments[option.name] = literal(value)
    optimizer = options.get("optimizer")
    adam = arguments_of(optimizer) if isinstance(optimizer, Choice) else {}
    for name in ("schedule", "warmup", "clip"):
        if options.get(name) is not None:
            adam[name] = literal(options.get(name))
    if adam:
        arguments["optimizer"] = call("rt.Adam", adam, 4, len("optimizer="))
    if theory.train.anneals:
        rules = [f'rt.Anneal("{parameter_names[rule.parameter]}", {rule.start!r})' for rule in theory.train.anneals]
        arguments["anneal"] = f"({', '.join(rules)}{',' * (len(rules) == 1)})"
    if theory.train.stops:
        arguments["stop"] = _stops(theory.train.stops)
    return ("TRAIN = " + call("rt.TrainOptions", arguments, 0, len("TRAIN ="))).split("\n")


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
        swept = any(field.kind.flat or field.name not in compiled.pairs for field in theory.fields)
        if method == "wolff" and swept and compiled.action.density is not None:
            arguments["colours"] = _colours(compiled, field_names)
        if method in ("hmc", "tempering") and theory.has_particles:
            arguments.setdefault("start", '"grid"')
        text = call(CLASSES[method], arguments, 4, len(name) + 4)
        lines += f'    "{name}": {text},'.split("\n")
    return [*lines, "}"]


def _sampler_arguments(options: Choice) -> Arguments:
    update = options.get("update")
    if not isinstance(update, Choice):
        return arguments_of(options)
    chosen = call(UPDATES[update.name], arguments_of(update), 8, len("update="))
    return {**arguments_of(options, ("update",)), "update": chosen}


def _colours(compiled: Compiled, field_names: dict[str, str]) -> str:
    """Patterns of sites, and for links one for each direction; on one line or a pattern a line."""
    rows: dict[str, tuple[str, ...]] = {name: (mask.constructor,) for name, mask in compiled.colours.items()}
    rows |= {name: tuple(mask.constructor for mask in known.colours) for name, known in compiled.links.items()}
    entries = []
    for name, masks in rows.items():
        listed = masks[0] if name in compiled.colours else f"({', '.join(masks)}{',' * (len(masks) == 1)})"
        if len(listed) > WIDTH - 35:
            listed = "(\n" + "".join(f"{' ' * 16}{mask},\n" for mask in masks) + " " * 12 + ")"
        entries.append(f'"{field_names[name]}": {listed}')
    line = "{" + ", ".join(entries) + "}"
    if "\n" not in line and len(line) <= WIDTH - 23:
        return line
    return "{\n" + "".join(f"{' ' * 12}{entry},\n" for entry in entries) + " " * 8 + "}"

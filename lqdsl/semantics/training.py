"""The train block: options, rules that end the training, couplings that move during it."""

from lqdsl.diagnostics import Label, Sink, suggest
from lqdsl.ir.theory import Anneal, Choice, Parameter, Sampler, Stop, Train
from lqdsl.semantics.constants import real
from lqdsl.semantics.errors import collecting, fail
from lqdsl.semantics.options import Checker
from lqdsl.semantics.tables import QUANTITIES, TRAIN
from lqdsl.syntax import ast


def train(node: ast.TrainBlock, parameters: dict[str, Parameter], sink: Sink) -> Train:
    """Training options, stop rules and annealing; errors go to `sink`."""
    options = Checker(parameters).block("train", node.options, TRAIN, node.span, "train", sink)
    stops: list[Stop] = []
    for rule in node.stops:
        with collecting(sink):
            stops += _stops(rule.condition, parameters)
    anneals: dict[str, Anneal] = {}
    for anneal in node.anneals:
        with collecting(sink):
            name = anneal.parameter.name
            if name in anneals:
                first = Label(anneals[name].span, "first given here")
                fail("E0704", f"`{name}` is annealed twice", anneal.span, labels=(first,))
            anneals[name] = _anneal(anneal, parameters)
    batch, micro = options.get("batch"), options.get("microbatch")
    if isinstance(batch, int) and isinstance(micro, int) and batch % micro:
        sink.error("E0702", f"`microbatch` must divide `batch`: {micro} does not divide {batch}", node.span)
    return Train(options, tuple(stops), node.span, tuple(anneals.values()))


def check_samples(node: Train, samplers: tuple[Sampler, ...], sink: Sink) -> None:
    """Whether the sampler that a loss names is declared and keeps configurations. Errors E0201, E0702 go to `sink`."""
    loss = node.options.get("loss")
    name = loss.get("sampler") if isinstance(loss, Choice) else None
    if not isinstance(loss, Choice) or name is None:
        return
    known = {sampler.name: sampler for sampler in samplers}
    span = next(option.span for option in loss.options if option.name == "sampler")
    if name not in known:
        close = suggest(str(name), tuple(known))
        notes = ("declared are " + ", ".join(known),) if known else ("no sampler is declared",)
        helps = (f"did you mean `{close}`?",) if close else ()
        sink.error("E0201", f"unknown sampler `{name}`", span, notes=notes, helps=helps)
        return
    sampler = known[str(name)]
    label = (Label(sampler.span, "declared here"),)
    if sampler.options.name == "flow_mh":
        message = f"`{name}` needs the trained flow, it cannot serve its training"
        sink.error("E0702", message, span, labels=label, helps=("name a sampler that needs no flow, `hmc`",))
    elif not sampler.options.get("save"):
        message = f"`{name}` keeps no configurations to train on"
        sink.error("E0702", message, span, labels=label, helps=("add `save = 10` to it: every tenth is kept",))


def _anneal(node: ast.AnnealRule, parameters: dict[str, Parameter]) -> Anneal:
    name = node.parameter.name
    if name not in parameters:
        close = suggest(name, tuple(parameters))
        helps = (f"did you mean `{close}`?",) if close else ()
        fail("E0201", f"unknown parameter `{name}`", node.parameter.span, helps=helps)
    parameter = parameters[name]
    if not parameter.at_run_time or isinstance(parameter.value, tuple):
        fail(
            "E0702",
            f"only real numbers can be annealed, `{name}` is {'a list' if parameter.is_table else 'fixed when compiled'}",
            node.parameter.span,
            labels=(Label(parameter.span, "declared here"),),
        )
    start = real(node.start, parameters)
    if parameter.interval is not None and start not in parameter.interval:
        fail("E0801", f"`{name}` lies in {parameter.interval}, annealing begins at {start:g}", node.start.span)
    ends_at_value = isinstance(node.end, ast.Name) and node.end.name == name
    end = parameter.value if ends_at_value else real(node.end, parameters)
    if end != parameter.value:
        fail(
            "E0702",
            f"annealing must end at the value of `{name}`, {parameter.value:g}, not at {end:g}",
            node.end.span,
            labels=(Label(parameter.span, "declared here"),),
            notes=("a flow trained for another value would be judged, and used, at this one",),
            helps=(f"`anneal {name} from {start:g} to {name}` ends at whatever value is set",),
        )
    return Anneal(name, start, node.span)


def _stops(node: ast.Expr, parameters: dict[str, Parameter]) -> list[Stop]:
    match node:
        case ast.Logical(op="or", left=left, right=right):
            return _stops(left, parameters) + _stops(right, parameters)
        case ast.Logical():
            fail("E0901", "conditions are joined by `or`; write one `stop when` each", node.span)
        case ast.Call(function=ast.Name(name="plateau") as name, arguments=(ast.Argument(name=None, value=value),)):
            return [Stop(name.name, ">", _threshold(name.name, value, parameters))]
        case ast.Compare(operands=(ast.Name() as quantity, value), ops=((">" | ">=") as op,)):
            if quantity.name not in QUANTITIES:
                close = suggest(quantity.name, QUANTITIES)
                fail(
                    "E0703",
                    f"training cannot stop on `{quantity.name}`",
                    quantity.span,
                    notes=("known are " + ", ".join(QUANTITIES),),
                    helps=(f"did you mean `{close}`?",) if close else (),
                )
            return [Stop(quantity.name, op, _threshold(quantity.name, value, parameters))]
    fail(
        "E0702",
        "a stop rule compares a quantity with a number",
        node.span,
        helps=("for example `stop when acceptance > 0.7`, `stop when plateau(500)`",),
    )


def _threshold(quantity: str, node: ast.Expr, parameters: dict[str, Parameter]) -> float:
    value = real(node, parameters)
    if quantity in ("acceptance", "ess") and not 0 < value < 1:
        fail("E0702", f"{quantity} lies between 0 and 1, got {value:g}", node.span)
    if quantity in ("minutes", "plateau") and value <= 0:
        fail("E0702", f"{quantity} must be positive, got {value:g}", node.span)
    return value

"""The flow, train and sample blocks and their options."""

from lqdsl.diagnostics import Label, Sink, suggest
from lqdsl.ir.theory import ODD_ACTIVATIONS, Choice, Couple, Field, Flow, Parameter, Sampler, Stop, Train
from lqdsl.semantics.constants import real
from lqdsl.semantics.errors import collecting, fail
from lqdsl.semantics.options import Checker, Spec, Table, choice, number, whole, word
from lqdsl.syntax import ast

ACTIVATIONS = (*ODD_ACTIVATIONS, "relu", "leaky_relu", "silu", "gelu", "softplus")
PRIOR: Table = {
    "prior": choice(
        normal={"mean": number(), "sigma": number(0, open_low=True)},
        free={"mass2": number(0, open_low=True), "learn": Spec("bool")},
    )
}
COUPLE: Table = {
    "layers": whole(1, 4096),
    "kernel": choice(affine={}, spline={"bins": whole(2, 64), "interval": number(0, open_low=True)}),
    "net": choice(
        cnn={
            "hidden": Spec("ints", 1, 4096),
            "kernel": Spec("extents", 1, 31, odd=True),
            "activation": word(*ACTIVATIONS),
        },
        mlp={"hidden": Spec("ints", 1, 65536), "activation": word(*ACTIVATIONS)},
    ),
    "mask": choice(
        checkerboard={}, stripes={"axis": whole(0, 3), "period": whole(2, 64)}, random={"seed": whole(0, 2**31 - 1)}
    ),
}
TRAIN: Table = {
    "loss": choice(reverse_kl={}, forward_kl={}),
    "estimator": word("path", "reparametrization"),
    "optimizer": choice(
        adam={"rate": number(0, open_low=True), "b1": number(0, 1, open_high=True), "b2": number(0, 1, open_high=True)},
    ),
    "schedule": word("constant", "cosine", "one_cycle"),
    "warmup": whole(0),
    "clip": number(0, open_low=True),
    "batch": whole(2, 2**20),
    "microbatch": whole(1, 2**20),
    "steps": whole(1, 10**9),
    "evaluate_every": whole(1, 10**9),
    "evaluate_samples": whole(2, 2**24),
    "checkpoint_every": whole(1, 10**9),
    "backward": word("auto", "store", "invert"),
    "composition": word("auto", "unrolled", "scan"),
}
_CHAIN: Table = {
    "chains": whole(1, 2**20),
    "draws": whole(1, 10**9),
    "warmup": whole(0, 10**9),
    "save": whole(0, 10**9),
    "start": word("hot", "cold"),
}
_LOCAL: Table = {
    **_CHAIN,
    "sweeps": whole(1, 10**6),
    "width": number(0, open_low=True),
    "target": number(0, 1, open_low=True, open_high=True),
}
SAMPLERS: dict[str, Table] = {
    "flow_mh": {
        "chains": whole(1, 2**20),
        "draws": whole(1, 10**9),
        "batch": whole(1, 2**24),
        "save": whole(0, 10**9),
    },
    "hmc": {
        **_CHAIN,
        "thin": whole(1, 10**6),
        "trajectory": number(0, open_low=True),
        "steps": whole(1, 10**5),
        "integrator": word("leapfrog", "omelyan", "omf4"),
        "jitter": number(0, 1, open_high=True),
        "adapt": Spec("bool"),
        "target": number(0, 1, open_low=True, open_high=True),
    },
    "metropolis": _LOCAL,
    "overrelaxation": {**_LOCAL, "ratio": whole(1, 10**4)},
}
UNAVAILABLE = {
    "haar": "is the prior of group-valued fields, which this version does not compile yet",
    "uniform": "is the prior of compact fields, which this version does not compile yet",
    "ncp": "is a kernel for angles, which this version does not compile yet",
    "moebius": "is a kernel for angles, which this version does not compile yet",
    "spectral": "is a kernel for SU(n), which this version does not compile yet",
    "heatbath": "needs a known conditional distribution, which this version does not derive yet",
    "tempering": "is not available in this version",
    "wolff": "is not available in this version",
}
QUANTITIES = ("acceptance", "ess", "minutes", "plateau")


def flow(node: ast.FlowBlock, fields: dict[str, Field], parameters: dict[str, Parameter], sink: Sink) -> Flow:
    """Prior and couplings; errors go to `sink`."""
    checker = Checker(parameters, UNAVAILABLE)
    prior = checker.block("flow", node.options, PRIOR, node.span, "flow", sink).get("prior")
    couples: dict[str, Couple] = {}
    for couple in node.couples:
        with collecting(sink):
            name = couple.field.name
            if name not in fields:
                close = suggest(name, tuple(fields))
                fail(
                    "E0201",
                    f"unknown field `{name}`",
                    couple.field.span,
                    helps=(f"did you mean `{close}`?",) if close else (),
                )
            if name in couples:
                fail(
                    "E0202",
                    f"`{name}` has two `couple` blocks",
                    couple.field.span,
                    labels=(Label(couples[name].span, "the first one"),),
                )
            if couple.via:
                fail(
                    "E0901",
                    "`via` carries updates of links by loops, which this version does not compile yet",
                    couple.via[0].span,
                )
            options = checker.block(name, couple.options, COUPLE, couple.span, "`couple`", sink)
            _check_net(options)
            couples[name] = Couple(name, options, couple.span)
    for name, field in fields.items():
        if couples and name not in couples:
            sink.error(
                "E0503",
                f"the flow never updates the field `{name}`",
                node.span,
                labels=(Label(field.span, "declared here"),),
                helps=(f"add `couple {name} {{ ... }}`",),
            )
    return Flow(prior if isinstance(prior, Choice) else None, tuple(couples.values()), node.span)


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


def train(node: ast.TrainBlock, parameters: dict[str, Parameter], sink: Sink) -> Train:
    """Training options and stop rules; errors go to `sink`."""
    options = Checker(parameters).block("train", node.options, TRAIN, node.span, "train", sink)
    stops: list[Stop] = []
    for rule in node.stops:
        with collecting(sink):
            stops += _stops(rule.condition, parameters)
    for anneal in node.anneals:
        sink.error("E0901", "annealing is not available in this version", anneal.span)
    batch, micro = options.get("batch"), options.get("microbatch")
    if isinstance(batch, int) and isinstance(micro, int) and batch % micro:
        sink.error("E0702", f"`microbatch` must divide `batch`: {micro} does not divide {batch}", node.span)
    return Train(options, tuple(stops), node.span)


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
        if method in UNAVAILABLE:
            fail("E0901", f"the sampler `{method}` {UNAVAILABLE[method]}", span)
        close = suggest(method, tuple(SAMPLERS))
        fail(
            "E0703",
            f"unknown sampler `{method}`",
            span,
            notes=("known are " + ", ".join(SAMPLERS),),
            helps=(f"did you mean `{close}`?",) if close else ("for a name of your own add `method = hmc`",),
        )
    checked = Checker(parameters, UNAVAILABLE).block(
        method, tuple(options), SAMPLERS[method], node.span, f"`{method}`", sink
    )
    chains, batch = checked.get("chains", 1), checked.get("batch")
    if isinstance(batch, int) and isinstance(chains, int) and batch < chains:
        fail("E0702", f"`batch` must be at least the number of chains, {chains}, got {batch}", node.span)
    return Sampler(node.name.name, checked, node.span)

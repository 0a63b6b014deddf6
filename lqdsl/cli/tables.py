"""The table at the end of a run: observables against samplers, flow and Markov chains side by side."""

from io import StringIO
from math import hypot
from typing import Any

from rich.console import Console
from rich.table import Table

CONVENTIONS = (
    "error: one standard deviation, Gamma method; tau_int in draws, 1/2 if independent; n_eff = n / (2 tau_int); "
    "cost: seconds of sampling for an independent sample, without warm-up, compilation and training"
)
WIDTH = 132


def results_text(results: dict[str, Any], color: bool = False) -> str:
    """All of `results.json` that fits a screen; correlators are left to the file."""
    stream = StringIO()
    console = Console(file=stream, width=WIDTH, force_terminal=color, no_color=not color, highlight=False)
    names = list(results["samplers"])
    if names:
        console.print(observable_table(results, names))
        console.print(sampler_table(results["samplers"]))
    for line in ladder_lines(results["samplers"]):
        console.print(line, markup=False)
    for line in [*warning_lines(results["samplers"]), *flow_lines(results.get("flow"))]:
        console.print(line, markup=False)
    if names:
        console.print(CONVENTIONS, style="dim", markup=False)
    return "".join(line.rstrip() + "\n" for line in stream.getvalue().splitlines())


OBSERVABLE_HEADINGS = ("observable", "sampler", "mean", "error", "tau_int", "n_eff", "cost (s)", "pull")
SAMPLER_HEADINGS = (
    "sampler",
    "acceptance",
    "chains",
    "draws",
    "seconds",
    "warm-up (s)",
    "longest rejection",
    "<exp(-dH)>",
)
SWAP_HEADINGS = ("swaps", "round trips")
Row = tuple[str, ...]


def observable_table(results: dict[str, Any], names: list[str]) -> Table:
    """A row for each observable that is a number and each sampler; pulls against the first sampler."""
    return _table(OBSERVABLE_HEADINGS, observable_rows(results, names), 2)


def observable_rows(results: dict[str, Any], names: list[str]) -> list[Row]:
    """The cells of `observable_table`."""
    rows = []
    for observable, estimates in results["observables"].items():
        if any(isinstance(estimate["mean"], list) for estimate in estimates.values()):
            continue
        for name in names:
            if name in estimates:
                first = next(iter(estimates)) == name
                numbers = _numbers(estimates[name], results["samplers"][name], estimates)
                rows.append((observable if first else "", name, *numbers))
    return rows


def _table(headings: Row, rows: list[Row], words: int) -> Table:
    """The first `words` columns are words, on the left; numbers stand on the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number < words else "right")
    for row in rows:
        table.add_row(*row)
    return table


def _numbers(estimate: dict[str, Any], sampler: dict[str, Any], all_estimates: dict[str, Any]) -> tuple[str, ...]:
    mean, error, tau = estimate["mean"], estimate["error"], estimate["tau_int"]
    if mean is None or error is None:
        return ("-" if mean is None else f"{mean:.6g}", "-", "-", "-", "-", "-")
    first = next(iter(all_estimates.values()))
    return (
        f"{mean:.{digits(mean, error)}f}",
        f"{error:.2g}",
        f"{tau:.2f}({estimate['tau_int_error']:.2f})",
        f"{estimate['n'] / (2 * tau):.0f}",
        f"{sampler['seconds'] * 2 * tau / estimate['n']:.2g}",
        "" if first is estimate else pull_text(first, estimate),
    )


def digits(mean: float, error: float) -> int:
    """Decimals that show two figures of the error, at most 10."""
    if error <= 0:
        return 6
    decimals = 0
    while error * 10**decimals < 10 and decimals < 10:
        decimals += 1
    return decimals


def pull_text(first: dict[str, Any], second: dict[str, Any]) -> str:
    """Difference over its error."""
    if first["mean"] is None or first["error"] is None:
        return "-"
    spread = hypot(first["error"], second["error"])
    return f"{(second['mean'] - first['mean']) / spread:+.2f}" if spread > 0 else "-"


def sampler_table(samplers: dict[str, Any]) -> Table:
    """Acceptance and time of each sampler."""
    return _table(sampler_headings(samplers), sampler_rows(samplers), 1)


def sampler_headings(samplers: dict[str, Any]) -> Row:
    """Of the columns of `sampler_table`."""
    return (*SAMPLER_HEADINGS, *(SWAP_HEADINGS if _any_swaps(samplers) else ()))


def sampler_rows(samplers: dict[str, Any]) -> list[Row]:
    """The cells of `sampler_table`."""
    with_swaps = _any_swaps(samplers)
    return [(*_sampler_row(name, facts), *(_swaps(facts) if with_swaps else ())) for name, facts in samplers.items()]


def _sampler_row(name: str, facts: dict[str, Any]) -> Row:
    jarzynski = facts.get("exp_minus_delta_h")
    return (
        name,
        "-" if facts.get("acceptance") is None else f"{facts['acceptance']:.4f}",
        str(facts["chains"]),
        str(facts["draws"]),
        f"{facts['seconds']:.1f}",
        f"{facts['warmup_seconds']:.1f}",
        str(facts.get("longest_rejection", "-")),
        f"{jarzynski['mean']:.4f} +- {jarzynski['error']:.2g}" if jarzynski and jarzynski["mean"] is not None else "-",
    )


def _any_swaps(samplers: dict[str, Any]) -> bool:
    """Whether parallel tempering needs its columns."""
    return any("round_trips" in facts for facts in samplers.values())


def _swaps(facts: dict[str, Any]) -> Row:
    if facts.get("swap_acceptance") is None:
        return ("-", "-")
    return (f"{facts['swap_acceptance']:.4f}", str(facts["round_trips"]))


def ladder_lines(samplers: dict[str, Any]) -> list[str]:
    """log Z of each parallel tempering, or its difference where the lowest weight is not 0."""
    lines = []
    for name, facts in samplers.items():
        key = "log_z" if "log_z" in facts else "log_z_difference"
        if key in facts:
            what = "log Z" if key == "log_z" else f"log Z(1) - log Z({facts['lowest']:g})"
            error = _shown(facts[f"{key}_error"], 5)
            lines.append(
                f"{name}: {what} = {_shown(facts[key], 5)} +- {error}, least overlap {_shown(facts['overlap'])}"
            )
    return lines


def warning_lines(samplers: dict[str, Any]) -> list[str]:
    """What the samplers warn of."""
    return [f"warning: {name}: {text}" for name, facts in samplers.items() for text in facts.get("warnings", ())]


def flow_lines(flow: dict[str, Any] | None) -> list[str]:
    """The flow in a line or two."""
    if not flow:
        return []
    training = f"trained {flow['steps']} steps in {flow['train_seconds']:.0f} s ({flow['stop']})"
    forward, weighted = flow.get("forward_ess", {}), flow.get("reweighted", {})
    judged = f"longest rejection {flow['longest_rejection']}, on {flow['samples']} samples"
    return [
        f"flow: {training}",
        f"flow: ESS {_shown(flow['ess'])}, acceptance {_shown(flow['acceptance'])}, {judged}",
        *(f"flow: ESS {_shown(value)} on the configurations of {name}" for name, value in forward.items()),
        *(f"flow: {name} = {_weighted(estimate)} by importance weights" for name, estimate in weighted.items()),
        f"flow: log Z = {_shown(flow['log_z'], 5)} +- {_shown(flow['log_z_error'], 5)}",
        *(f"warning: {text}" for text in flow.get("warnings", ())),
    ]


def _weighted(estimate: dict[str, Any]) -> str:
    mean, error = estimate["mean"], estimate["error"]
    if mean is None or error is None:
        return _shown(mean, 6)
    return f"{mean:.{digits(mean, error)}f} +- {error:.2g}"


def _shown(value: float | None, decimals: int = 4) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"

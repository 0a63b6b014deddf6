"""Whether the samplers of the file can sample its action."""

from lqdsl.diagnostics import Label, Sink
from lqdsl.ir.compiled import Action, LinkActions, Pairs
from lqdsl.ir.kinds import Group, Sphere
from lqdsl.ir.masks import Colours
from lqdsl.ir.nodes import Pinned
from lqdsl.ir.theory import Choice, Sampler, Theory
from lqdsl.passes.bonds import NoPairs
from lqdsl.passes.bounded import slow_growth

LOCAL_SAMPLERS = ("metropolis", "overrelaxation", "heatbath")
SiteColours = dict[str, Colours | None]
Reason = tuple[str, str]
"""Why a sampler does not fit, empty if it does, and what would."""
_HMC = "use `sample hmc { ... }`"


def check_samplers(
    theory: Theory,
    action: Action,
    colours: SiteColours,
    links: dict[str, LinkActions],
    clusters: dict[str, Pairs | NoPairs],
    has_flow: bool,
    sink: Sink,
) -> None:
    """E0703 for a sampler that does not fit the action, E0702 for an option that does not fit the fields; a flow that the
    file writes down and that cannot be had is an error of its own."""
    for sampler in theory.samplers:
        method = sampler.options.name
        start = next((option for option in sampler.options.options if option.name == "start"), None)
        if start is not None and start.value == "grid" and not theory.has_particles:
            message = "only particles can start on a grid: vectors or points of a box over an index"
            sink.error("E0702", message, start.span, helps=("write `start = cold` or `start = hot`",))
        _check_lowest(sampler, theory, sink)
        reason, help_ = "", _HMC
        labels: tuple[Label, ...] = ()
        if method == "flow_mh" and not has_flow and (theory.flow is None or not theory.flow.couples):
            reason = "there is no flow of these fields on this lattice that could be made without a `flow` block"
        elif method in LOCAL_SAMPLERS:
            reason, help_ = _local(method, theory, action, colours, links)
        elif method == "tempering":
            reason, help_ = _tempering(sampler, theory, action, colours, links)
        elif method == "wolff":
            reason, labels = _wolff(theory, action, colours, links, clusters)
        if reason:
            message = f"`{method}` cannot sample this action"
            sink.error("E0703", message, sampler.span, labels=labels, notes=(reason,), helps=(help_,))


def _check_lowest(sampler: Sampler, theory: Theory, sink: Sink) -> None:
    """E0702 for `lowest = 0` where a field has no normalised measure."""
    lowest = next((option for option in sampler.options.options if option.name == "lowest"), None)
    flat = next((field for field in theory.fields if field.kind.flat), None)
    if lowest is None or lowest.value != 0 or flat is None:
        return
    message = "`lowest = 0` is for compact fields only"
    note = f"the weight exp(-0 S) = 1 has no finite integral over `{flat.name}`, which is {flat.kind}"
    sink.error("E0702", message, lowest.span, notes=(note,), helps=("write a small number above 0, `lowest = 0.1`",))


def _local(method: str, theory: Theory, action: Action, colours: SiteColours, links: dict[str, LinkActions]) -> Reason:
    reason, help_ = "", _HMC
    if any(mask is None for mask in colours.values()) or not all(link.colours for link in links.values()):
        reason = "no periodic pattern separates the sites that interact"
    if action.density is None:
        reason = _no_density(theory, action)
    if method == "heatbath" and not links:
        reason = "it draws links and matrices at sites, of which there are none; of other fields the distribution is not known"
    if method == "heatbath" and not reason and not all(link.linear for link in links.values()):
        reason, help_ = (
            f"it is not linear in every single {_elements(theory)}",
            "use `sample metropolis { ... }` or HMC",
        )
    if method == "overrelaxation" and any(isinstance(field.kind, Sphere) for field in theory.fields):
        reason = "its steps would leave the sphere"
    if method == "overrelaxation" and links:
        reason = "it reflects numbers at sites"
        help_ = "`sample heatbath { ... }` contains overrelaxation of links and of matrices at sites"
    return reason, help_


def _no_density(theory: Theory, action: Action) -> str:
    """Why the action is not one sum over sites, in words."""
    if theory.lattice.is_index:
        return "the fields are at values of an index, not at sites of a lattice"
    return "the action names sites" if action.total.has(Pinned) else "the action is not one sum over sites"


def _elements(theory: Theory) -> str:
    """What heatbath draws: links or matrices at sites."""
    kinds = [field.kind for field in theory.fields if isinstance(field.kind, Group)]
    return "link" if all(kind.link for kind in kinds) else "matrix"


def _tempering(
    sampler: Sampler, theory: Theory, action: Action, colours: SiteColours, links: dict[str, LinkActions]
) -> Reason:
    if slow_growth(theory, action):
        reason = "it grows no faster than a logarithm of the field, so exp(-b S) need not be normalisable for small b"
        return reason, _HMC
    update = sampler.options.get("update")
    if isinstance(update, Choice) and update.name == "metropolis":
        return _local("metropolis", theory, action, colours, links)[0], "use `update = hmc`"
    return "", ""


def _wolff(
    theory: Theory,
    action: Action,
    colours: SiteColours,
    links: dict[str, LinkActions],
    clusters: dict[str, Pairs | NoPairs],
) -> tuple[str, tuple[Label, ...]]:
    """Some field needs couplings of pairs; the others, and flat ones, whose length no reflection changes, local updates, or
    trajectories where the action is not one sum over sites."""
    obstacles = [form for form in clusters.values() if isinstance(form, NoPairs)]
    if len(obstacles) == len(clusters):
        obstacle = next((form for form in obstacles if form.span), obstacles[0])
        return obstacle.reason, _labels(obstacle)
    if action.density is not None and (obstacles or any(field.kind.flat for field in theory.fields)):
        return _local("metropolis", theory, action, colours, links)[0], ()
    return "", ()


def _labels(obstacle: NoPairs) -> tuple[Label, ...]:
    return (Label(obstacle.span, obstacle.label),) if obstacle.span else ()

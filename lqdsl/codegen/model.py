"""`MODEL = rt.Model(...)`: everything of the module in one place for the runtime."""

from lqdsl.codegen import link_functions, pairs
from lqdsl.codegen.calls import call, listed, literal, mapping
from lqdsl.codegen.context import Context
from lqdsl.codegen.views import BlockView


def model(context: Context, dtype: str) -> BlockView:
    """The last statement of the module."""
    names = {k: literal(v) for k, v in context.glossary.parameters.items()}
    local = context.compiled.action.density is not None
    movable = (v for k, v in context.glossary.fields.items() if k in context.compiled.site_actions)
    sites = {v: f"site_action_{v}" for v in movable}
    arguments = {
        "name": literal(context.theory.name),
        "source": literal(context.file),
        "dtype": literal(dtype),
        "lattice": "LATTICE",
        "kinds": "KINDS",
        "parameters": "Parameters()",
        "parameter_names": mapping(names, 4, len("parameter_names=")),
        "action": "action",
        "action_terms": "action_terms",
        "force": "force",
        "density": "action_density" if local else "None",
        "site_actions": mapping(sites, 4, len("site_actions=")),
        **link_functions.tables(context),
        **pairs.tables(context),
        "observables": "observables",
        "observable_kinds": "OBSERVABLES",
        "derived": "DERIVED",
        "symmetries": listed(tuple(literal(proof.name) for proof in context.compiled.proofs), 4, len("symmetries=")),
        "vanishing": listed(tuple(map(literal, context.compiled.vanishing)), 4, len("vanishing=")),
        **_reweighted(context),
        "flow": "FLOW",
        "train": "TRAIN",
        "samplers": "SAMPLERS",
    }
    return BlockView("", tuple(("MODEL = " + call("rt.Model", arguments)).split("\n")))


def _reweighted(context: Context) -> dict[str, str]:
    names = tuple(derived.name for derived in context.theory.derived if derived.reweighted)
    return {"reweighted": literal(names)} if names and context.compiled.couplings else {}

"""What may be written into the blocks, as tables of option names and what they take."""

from lqdsl.ir.kinds import Group, Kind
from lqdsl.ir.theory import ODD_ACTIVATIONS
from lqdsl.semantics.options import Spec, Table, choice, choices, number, several, whole, word

ACTIVATIONS = (*ODD_ACTIVATIONS, "relu", "leaky_relu", "silu", "gelu", "softplus")
_CNN: Table = {
    "hidden": Spec("ints", 1, 4096),
    "kernel": Spec("extents", 1, 31, odd=True),
    "activation": word(*ACTIVATIONS),
}
_PRIORS: dict[str, Table] = {
    "normal": {"mean": number(), "sigma": number(0, open_low=True)},
    "free": {"mass2": number(0, open_low=True), "learn": Spec("bool")},
}
_COMPACT_PRIORS: dict[str, Table] = {"haar": {}, "uniform": {}}
_STRIPES: Table = {"axis": whole(0, 3), "period": whole(2, 64)}
_SITE_COUPLE: Table = {
    "layers": whole(1, 4096),
    "kernel": choices(),
    "net": choice(cnn=_CNN, mlp={"hidden": Spec("ints", 1, 65536), "activation": word(*ACTIVATIONS)}),
    "mask": choice(
        checkerboard={},
        stripes=_STRIPES,
        random={"seed": whole(0, 2**31 - 1)},
        autoregressive={},
        hierarchical={"sweeps": whole(0, 256)},
    ),
}
_CIRCLE_MAPS: dict[str, Table] = {
    "ncp": {"components": whole(1, 64)},
    "moebius": {"components": whole(1, 64)},
    "spline": {"bins": whole(2, 64)},
}
_CIRCLE_MAPS["mix"] = {"kernels": several(2, _CIRCLE_MAPS)}
FLAT_COUPLE: Table = {
    **_SITE_COUPLE,
    "kernel": choices(affine={}, spline={"bins": whole(2, 64), "interval": number(0, open_low=True)}),
}
CIRCLE_COUPLE: Table = {**_SITE_COUPLE, "kernel": choices(**_CIRCLE_MAPS), "equivariant": Spec("bool")}
SPHERE_COUPLE: Table = {
    **_SITE_COUPLE,
    "kernel": choices(
        recursive={"bins": whole(2, 64), "circle": choices(**_CIRCLE_MAPS)},
        radial={"components": whole(1, 64)},
        axial={"bins": whole(2, 64)},
    ),
    "equivariant": Spec("bool"),
}
_SPECTRAL: dict[str, Table] = {"spectral": {"bins": whole(2, 64)}}
QUATERNION_COUPLE: Table = {
    **SPHERE_COUPLE,
    "kernel": choices(**{**SPHERE_COUPLE["kernel"].choices, **_SPECTRAL}),
}
UNITARY_COUPLE: Table = {**_SITE_COUPLE, "kernel": choices(**_SPECTRAL), "equivariant": Spec("bool")}
_LINK_COUPLE: Table = {
    "layers": whole(1, 4096),
    "net": choice(cnn=_CNN),
    "mask": choice(stripes=_STRIPES),
    "context": Spec("names"),
    "scales": whole(1, 64),
}
ANGLE_COUPLE: Table = {**_LINK_COUPLE, "kernel": choices(**_CIRCLE_MAPS)}
MATRIX_COUPLE: Table = {**_LINK_COUPLE, "kernel": choices(**_SPECTRAL)}
TRAIN: Table = {
    "loss": choice(
        reverse_kl={},
        forward_kl={"sampler": Spec("name")},
        mixed={"sampler": Spec("name"), "reverse": number(0, open_low=True), "forward": number(0, open_low=True)},
    ),
    "estimator": word("path", "paths", "reparametrization"),
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
    "start": word("hot", "cold", "grid"),
}
_LOCAL: Table = {
    **_CHAIN,
    "sweeps": whole(1, 10**6),
    "width": number(0, open_low=True),
    "target": number(0, 1, open_low=True, open_high=True),
}
_TRAJECTORY: Table = {
    "trajectory": number(0, open_low=True),
    "steps": whole(1, 10**5),
    "integrator": word("leapfrog", "omelyan", "omf4"),
    "jitter": number(0, 1, open_high=True),
    "target": number(0, 1, open_low=True, open_high=True),
}
_SWEEPS: Table = {
    "sweeps": whole(1, 10**6),
    "hits": whole(1, 10**4),
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
        **_TRAJECTORY,
        "adapt": Spec("bool"),
    },
    "heatbath": {**_CHAIN, "sweeps": whole(1, 10**6), "overrelaxation": whole(0, 10**4)},
    "metropolis": {**_LOCAL, "hits": whole(1, 10**4)},
    "overrelaxation": {**_LOCAL, "ratio": whole(1, 10**4)},
    "tempering": {
        **_CHAIN,
        "thin": whole(1, 10**6),
        "ladder": whole(2, 4096),
        "lowest": number(0, 1, open_high=True),
        "update": choice(hmc=_TRAJECTORY, metropolis=_SWEEPS),
    },
    "wolff": {**_CHAIN, "clusters": whole(1, 10**6)},
}
QUANTITIES = ("acceptance", "ess", "minutes", "plateau")
WORDS = {
    "normal": "is a prior of numbers",
    "free": "is a prior of numbers",
    "haar": "is the prior of compact fields",
    "uniform": "is the prior of compact fields",
    "affine": "moves numbers",
    "ncp": "moves angles and links of U(1)",
    "moebius": "moves angles and links of U(1)",
    "mix": "combines maps of circles: of angles and links of U(1), and as `recursive(circle = mix([...]))`",
    "recursive": "moves unit vectors and matrices of SU(2) at sites",
    "radial": "moves unit vectors and matrices of SU(2) at sites",
    "spectral": "moves the eigenvalues of matrices of SU(n) and U(n), n > 1",
    "mlp": "reads a whole lattice of numbers",
    "checkerboard": "is a mask of sites",
    "random": "is a mask of sites",
    "autoregressive": "is a mask of sites",
    "hierarchical": "is a mask of sites; `scales` goes from coarse to fine for links",
    "axial": "moves unit vectors and matrices of SU(2) at sites",
    "equivariant": "is for angles, unit vectors and matrices at sites",
    "spline": "moves numbers and angles; `spectral(bins)` is its counterpart for SU(n) and U(n)",
    "context": "is what a coupling of links sees",
    "scales": "is for couplings of links",
}


def prior_table(kinds: tuple[Kind, ...]) -> Table:
    """Options of `flow` for fields of these kinds."""
    flat, compact = any(kind.flat for kind in kinds), any(not kind.flat for kind in kinds)
    return {"prior": choice(**(_PRIORS if flat else {}), **(_COMPACT_PRIORS if compact else {}))}


def couple_table(kind: Kind) -> Table:
    """Options of `couple` for a field of this kind."""
    if isinstance(kind, Group) and kind.on_links:
        return ANGLE_COUPLE if kind.abelian else MATRIX_COUPLE
    if kind.unit:
        return QUATERNION_COUPLE if isinstance(kind, Group) else SPHERE_COUPLE
    if isinstance(kind, Group) and not kind.abelian:
        return UNITARY_COUPLE
    return FLAT_COUPLE if kind.flat else CIRCLE_COUPLE


def unfit(table: Table) -> dict[str, str]:
    """What the table does not hold though it holds it for other fields, and what it is there."""
    known = {*table, *(name for spec in table.values() for name in spec.choices)}
    return {name: words for name, words in WORDS.items() if name not in known}

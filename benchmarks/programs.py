"""lqdsl's side of the comparisons: compiled theories driven by the runtime, as a user drives them."""

from dataclasses import replace
from pathlib import Path

import jax

import lqdsl
from lqdsl import runtime as rt

LINK_THEORY = Path(__file__).resolve().parent / "u1.lqt"
THEORY = Path(__file__).resolve().parent / "phi4.lqt"


class Flow:
    """The flow of phi4.lqt; `symmetric=False` takes the proved symmetries out of the net, as the other programs do.

    `train(steps)` is reverse KL with Adam, `sample()` draws a batch with its log-weights (action included).
    """

    def __init__(
        self,
        extent: int,
        batch: int,
        layers: int,
        hidden: tuple[int, ...],
        kernel: int,
        m2: float,
        lam: float,
        symmetric: bool = False,
        estimator: str = "reparametrization",
    ) -> None:
        model = lqdsl.load(THEORY, L=extent, m2=m2, lambda_=lam).MODEL
        net = model.flow.couplings[0].net
        net = replace(net, hidden=hidden, kernel=kernel)
        if not symmetric:
            net = replace(net, odd=False, isotropic=False, reflections=False)
        coupling = replace(model.flow.couplings[0], layers=layers, net=net)
        self._prepare(replace(model, flow=replace(model.flow, couplings=(coupling,))), batch, estimator)

    def _prepare(self, model: rt.Model, batch: int, estimator: str) -> None:
        self.model, self.batch, self.count = model, batch, 0
        options = rt.TrainOptions(
            estimator=estimator, optimizer=rt.Adam(1e-3), batch=batch, steps=1 << 30, evaluate_every=1 << 30
        )
        self.trainer = rt.Trainer(self.model, self.model.parameters, options)
        self.state = self.trainer.init(jax.random.key(0))

    def train(self, steps: int) -> None:
        self.state, _ = self.trainer.run(self.state, steps)

    def sample(self) -> None:
        self.count += 1
        key = jax.random.key(self.count)
        drawn = rt.proposals(self.model, self.state.weights, self.model.parameters, key, self.batch)
        jax.block_until_ready(drawn)


class LinkFlow(Flow):
    """The flow of u1.lqt by plaquettes, with `mixture` projections in each of its layers."""

    def __init__(
        self,
        extent: int,
        batch: int,
        layers: int,
        hidden: tuple[int, ...],
        kernel: int,
        mixture: int,
        beta: float,
        estimator: str = "reparametrization",
    ) -> None:
        model = lqdsl.load(LINK_THEORY, L=extent, beta=beta).MODEL
        coupling = model.flow.couplings[0]
        net = replace(coupling.net, hidden=hidden, kernel=kernel)
        coupling = replace(coupling, layers=layers, net=net, kernel=rt.NCP(mixture))
        self._prepare(replace(model, flow=replace(model.flow, couplings=(coupling,))), batch, estimator)


class HMC:
    """`run()` makes `trajectories` leapfrog trajectories of all chains and measures <phi^2> on each."""

    def __init__(
        self, extent: int, chains: int, steps: int, trajectories: int, m2: float, lam: float, length: float = 1.0
    ) -> None:
        model = lqdsl.load(THEORY, L=extent, m2=m2, lambda_=lam).MODEL
        options = rt.HMC(
            chains=chains, draws=1 << 30, warmup=0, trajectory=length, steps=steps, integrator="leapfrog", jitter=0.0
        )
        self.runner = rt.Runner(model, options, jax.random.key(0), capacity=trajectories)
        self.state, self.trajectories = self.runner.init(), trajectories

    def run(self) -> None:
        self.state, _ = self.runner.run(self.state, self.trajectories)


class GaugeHMC:
    """The same for the links of `<theory>.lqt`, from a cold start, with the plaquette measured on each trajectory."""

    def __init__(
        self, theory: str, extent: int, chains: int, steps: int, trajectories: int, beta: float, length: float
    ) -> None:
        model = lqdsl.load(THEORY.with_name(f"{theory}.lqt"), L=extent, beta=beta).MODEL
        options = rt.HMC(
            chains=chains, draws=1 << 30, warmup=0, trajectory=length, steps=steps, integrator="leapfrog", jitter=0.0
        )
        self.runner = rt.Runner(model, options, jax.random.key(0), capacity=trajectories)
        self.state, self.trajectories = self.runner.init(), trajectories

    run = HMC.run

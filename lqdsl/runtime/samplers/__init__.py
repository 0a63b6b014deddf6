"""Exact samplers as (init, step) over many chains, chain axis last, and the runner of compiled blocks."""

from lqdsl.runtime.samplers.base import Sampler
from lqdsl.runtime.samplers.block import Block, run_block
from lqdsl.runtime.samplers.flow import FlowMetropolis
from lqdsl.runtime.samplers.heatbath import Heatbath
from lqdsl.runtime.samplers.hmc import HMC
from lqdsl.runtime.samplers.integrators import INTEGRATORS, Integrator
from lqdsl.runtime.samplers.local import LocalMetropolis
from lqdsl.runtime.samplers.overrelaxation import Overrelaxation
from lqdsl.runtime.samplers.replicas import Sweeps, Trajectories
from lqdsl.runtime.samplers.runner import Runner, RunState
from lqdsl.runtime.samplers.tempering import Tempering
from lqdsl.runtime.samplers.wolff import Wolff

__all__ = [
    "HMC",
    "INTEGRATORS",
    "Block",
    "FlowMetropolis",
    "Heatbath",
    "Integrator",
    "LocalMetropolis",
    "Overrelaxation",
    "RunState",
    "Runner",
    "Sampler",
    "Sweeps",
    "Tempering",
    "Trajectories",
    "Wolff",
    "run_block",
]

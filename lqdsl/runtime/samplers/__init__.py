"""Exact samplers as (init, step) over many chains, chain axis last, and the runner of compiled blocks."""

from lqdsl.runtime.samplers.base import Sampler
from lqdsl.runtime.samplers.block import Block, run_block
from lqdsl.runtime.samplers.hmc import HMC
from lqdsl.runtime.samplers.runner import Runner, RunState

__all__ = ["HMC", "Block", "RunState", "Runner", "Sampler", "run_block"]

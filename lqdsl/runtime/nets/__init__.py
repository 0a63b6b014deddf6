"""Nets that turn what a coupling may look at into the parameters of its kernel."""

from lqdsl.runtime.nets.cnn import CNN
from lqdsl.runtime.nets.geometry import Geometry
from lqdsl.runtime.nets.mlp import MLP

__all__ = ["CNN", "MLP", "Geometry", "Net"]

Net = CNN | MLP

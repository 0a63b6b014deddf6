"""Real NVP flow for phi^4 in two dimensions (arXiv:2101.08176) in eager PyTorch; configurations [batch, x0, x1]."""

import math
from itertools import pairwise

import torch
from torch import nn


class Coupling(nn.Module):
    """Affine update of the active sites; the mask `frozen` [x0, x1] is multiplied in."""

    frozen: torch.Tensor
    active: torch.Tensor

    def __init__(self, frozen: torch.Tensor, hidden: tuple[int, ...], kernel: int) -> None:
        super().__init__()
        self.register_buffer("frozen", frozen)
        self.register_buffer("active", 1 - frozen)
        channels = (1, *hidden, 2)
        parts: list[nn.Module] = []
        for inputs, outputs in pairwise(channels):
            parts += [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, padding_mode="circular"), nn.LeakyReLU()]
        parts[-1] = nn.Tanh()
        self.net = nn.Sequential(*parts)

    def forward(self, phi: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        result = self.net((self.frozen * phi).unsqueeze(1))
        log_scale, shift = self.active * result[:, 0], self.active * result[:, 1]
        return phi * torch.exp(log_scale) + shift, log_scale.sum((1, 2))


class Flow(nn.Module):
    def __init__(self, extent: int, layers: int, hidden: tuple[int, ...], kernel: int) -> None:
        super().__init__()
        self.extent = extent
        place = torch.arange(extent)
        parity = (place[:, None] + place[None, :]) % 2
        self.layers = nn.ModuleList(
            Coupling(((parity + number) % 2).float(), hidden, kernel) for number in range(layers)
        )

    def sample(self, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Configurations and their log q."""
        phi = torch.randn(batch, self.extent, self.extent)
        log_q = (-0.5 * phi**2 - 0.5 * math.log(2 * math.pi)).sum((1, 2))
        for layer in self.layers:
            phi, log_det = layer(phi)
            log_q = log_q - log_det
        return phi, log_q


def action(phi: torch.Tensor, m2: float, lam: float) -> torch.Tensor:
    density = m2 * phi**2 + lam * phi**4
    for axis in (1, 2):
        density = density + (torch.roll(phi, -1, axis) - phi) ** 2
    return density.sum((1, 2))


class Program:
    """`train(steps)` and `sample()` at one size."""

    def __init__(
        self, extent: int, batch: int, layers: int, hidden: tuple[int, ...], kernel: int, m2: float, lam: float
    ) -> None:
        self.batch, self.couplings = batch, (m2, lam)
        self.flow = Flow(extent, layers, hidden, kernel)
        self.optimizer = torch.optim.Adam(self.flow.parameters(), lr=1e-3)

    def train(self, steps: int) -> None:
        for _ in range(steps):
            phi, log_q = self.flow.sample(self.batch)
            loss = (log_q + action(phi, *self.couplings)).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def sample(self) -> None:
        with torch.no_grad():
            self.flow.sample(self.batch)

"""Gauge-equivariant U(1) flow in two dimensions (arXiv:2003.06413, 2101.08176) in eager PyTorch; [batch, mu, x0, x1]."""

import math
from itertools import pairwise

import torch
from torch import nn

TURN = 2 * math.pi


def plaquettes(angles: torch.Tensor) -> torch.Tensor:
    """[batch, x0, x1]."""
    return angles[:, 0] + torch.roll(angles[:, 1], -1, 1) - torch.roll(angles[:, 0], -1, 2) - angles[:, 1]


def action(angles: torch.Tensor, beta: float) -> torch.Tensor:
    return -beta * torch.cos(plaquettes(angles)).sum((1, 2))


def project(angle: torch.Tensor, log_scale: torch.Tensor, shift: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean of non-compact projections (axis 1 of `log_scale`) and the log of its slope."""
    half, scale = angle.unsqueeze(1) / 2, torch.exp(log_scale)
    image = torch.remainder(2 * torch.atan(scale * torch.tan(half)), TURN).mean(1)
    slope = 1 / (torch.cos(half) ** 2 / scale + scale * torch.sin(half) ** 2)
    return torch.remainder(image + shift, TURN), torch.log(slope.mean(1))


class Coupling(nn.Module):
    """Moves the links of one direction on every fourth line by their plaquettes; masks are multiplied in."""

    active: torch.Tensor
    frozen: torch.Tensor
    link: torch.Tensor

    def __init__(self, layer: int, extent: int, hidden: tuple[int, ...], kernel: int, mixture: int) -> None:
        super().__init__()
        mu, offset = layer % 2, layer // 2 % 4
        line = torch.arange(extent)
        place = (line[None, :] if mu == 0 else line[:, None]).expand(extent, extent)
        place = (place - offset) % 4
        link = torch.zeros(2, extent, extent)
        link[mu] = (place == 0).float() * (1 if mu == 0 else -1)
        self.register_buffer("active", (place == 0).float())
        self.register_buffer("frozen", ((place == 1) | (place == 2)).float())
        self.register_buffer("link", link)
        parts: list[nn.Module] = []
        for inputs, outputs in pairwise((2, *hidden, mixture + 1)):
            parts += [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, padding_mode="circular"), nn.LeakyReLU()]
        self.net = nn.Sequential(*parts[:-1])

    def forward(self, angles: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        plaquette = torch.remainder(plaquettes(angles), TURN)
        seen = self.frozen * plaquette
        result = self.net(torch.stack((torch.cos(seen), torch.sin(seen)), 1))
        image, log_slope = project(plaquette, result[:, :-1], result[:, -1])
        moved = self.link * (self.active * (image - plaquette)).unsqueeze(1)
        return torch.remainder(angles + moved, TURN), (self.active * log_slope).sum((1, 2))


class Program:
    """`train(steps)` and `sample()` at one size."""

    def __init__(
        self, extent: int, batch: int, layers: int, hidden: tuple[int, ...], kernel: int, mixture: int, beta: float
    ) -> None:
        self.extent, self.batch, self.beta = extent, batch, beta
        self.layers = nn.ModuleList(Coupling(layer, extent, hidden, kernel, mixture) for layer in range(layers))
        self.optimizer = torch.optim.Adam(self.layers.parameters(), lr=1e-3)

    def train(self, steps: int) -> None:
        for _ in range(steps):
            angles, log_q = self._draw()
            loss = (log_q + action(angles, self.beta)).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def sample(self) -> None:
        with torch.no_grad():
            self._draw()

    def _draw(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Angles and log q with respect to the Haar measure."""
        angles = torch.rand(self.batch, 2, self.extent, self.extent) * TURN
        log_q = torch.zeros(self.batch)
        for layer in self.layers:
            angles, log_det = layer(angles)
            log_q = log_q - log_det
        return angles, log_q

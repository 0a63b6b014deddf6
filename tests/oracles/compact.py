"""Exact numbers of the examples with circles, boxes and spheres, in the normalised uniform measure."""

from functools import cache

import numpy as np
from scipy.integrate import quad
from scipy.special import i0, i1, j0, jv, spherical_in

Numbers = dict[str, float]
TURN = 2 * np.pi


def circle(points: int) -> np.ndarray:
    """Equidistant angles; sums over them converge exponentially."""
    return TURN * np.arange(points) / points


@cache
def torus() -> Numbers:
    ratio = i1(1.0) / i0(1.0)
    return {"log Z": np.log(i0(1.0)), "cos_ab": ratio * np.cos(1.94)}


@cache
def phase_oscillator() -> Numbers:
    """S = a q^2 - b q + c with functions of theta: <q^2> = 1 / (2 a) + (b / 2 a)^2 given theta."""
    theta = circle(256)
    a, b = 1.5 + np.sin(theta), 1.2 * np.cos(theta)
    weight = np.sqrt(np.pi / a) * np.exp(b**2 / (4 * a) + np.cos(2 * theta))
    mean, z = b / (2 * a), np.mean(weight)
    return {
        "log Z": np.log(z),
        "q2": np.mean(weight * (1 / (2 * a) + mean**2)) / z,
        "cos2": np.mean(weight * np.cos(2 * theta)) / z,
        "qcos": np.mean(weight * mean * np.cos(theta)) / z,
    }


@cache
def ten_angles() -> Numbers:
    """exp(J |M|^2 / 2) as a Gaussian integral over a field m that acts on every angle by itself."""
    count, coupling, field = 10, 0.3, 0.5
    nodes, weights = np.polynomial.legendre.leggauss(200)
    r, angle = 6 * (nodes[:, None] + 1), circle(128)
    along = field + r * np.cos(angle)
    size = np.hypot(along, r * np.sin(angle))
    weight = 6 * weights[:, None] * r * np.exp(-r * r / (2 * coupling)) * i0(size) ** count
    z = np.sum(np.mean(weight, axis=1)) / coupling
    first = np.sum(np.mean(weight * along * i1(size) / (size * i0(size)), axis=1)) / coupling
    return {"log Z": np.log(z) - count * coupling / 2, "cos_theta": first / z}


@cache
def clock() -> Numbers:
    """The largest eigenvalues of exp(J cos(s - t)) between the weights exp(h cos(5 t)) of the sites."""
    sites, theta = 12, circle(256)
    half = np.exp(0.4 * np.cos(5 * theta))
    kernel = half[:, None] * np.exp(1.5 * np.cos(theta[:, None] - theta)) * half / len(theta)
    power = np.linalg.matrix_power(kernel, sites - 1)
    z = np.trace(power @ kernel)
    return {
        "log Z": np.log(z),
        "nn": np.trace(power @ (kernel * np.cos(theta[:, None] - theta))) / z,
        "clock": np.trace(power @ kernel * np.cos(5 * theta)) / z,
    }


@cache
def robot_arm() -> Numbers:
    """The tip of a free arm has the characteristic function prod_i J_0(l_i k); the angles of the links are independent."""
    lengths, target, sigma = (0.2, 0.2, 0.3, 0.2, 0.2, 0.1), np.array([0.5, 0.3]), 0.1
    distance = np.hypot(*target)

    def integral(order: int) -> float:
        def integrand(k: float) -> float:
            free = np.prod([j0(own * k) for own in lengths]) * np.exp(-((sigma * k) ** 2) / 2)
            return sigma**2 * k * free * (jv(1, k * distance) * k if order else j0(k * distance))

        return quad(integrand, 0, 120, epsabs=1e-14, limit=1000)[0]

    z = integral(0)
    # d log Z / d target = <tip - target> / sigma^2
    pull = -(sigma**2) * integral(1) / z
    return {
        "log Z": np.log(z),
        "tip_x": target[0] + pull * target[0] / distance,
        "tip_y": target[1] + pull * target[1] / distance,
    }


@cache
def o3_ring() -> Numbers:
    """exp(beta cos) has the eigenvalues i_l(beta), modified spherical Bessel functions, 2 l + 1 times each."""
    sites, beta, waves = 16, 1.0, np.arange(20)

    values, slopes = spherical_in(waves, beta), spherical_in(waves, beta, derivative=True)
    z = np.sum((2 * waves + 1) * values**sites)
    return {"log Z": np.log(z), "energy": np.sum((2 * waves + 1) * values ** (sites - 1) * slopes) / z}


def soft_fluid(length: float, strength: float, points: int) -> np.ndarray:
    """log Z, <V> and the structure factor of three particles on a grid: f is convolved with itself by Fourier transforms."""
    x = np.arange(points) * length / points
    x -= length * np.round(x / length)
    potential = strength * np.exp(-(x[:, None] ** 2 + x**2) / 2)
    f = np.exp(-potential)
    weight = f * np.fft.irfft2(np.fft.rfft2(f) ** 2, s=f.shape) / points**2
    z = np.mean(weight)
    wave = np.mean(weight * np.cos(TURN * x / length)[:, None])
    return np.array([np.log(z), 3 * np.mean(weight * potential) / z, 1 + 2 * wave / z])


@cache
def box() -> Numbers:
    """The kink at half the length lies on the grid, so that errors are a series in the square of its spacing."""
    coarse, fine = (soft_fluid(5.0, 4.0, points) for points in (128, 256))
    return dict(zip(("log Z", "energy", "factor"), (4 * fine - coarse) / 3, strict=True))


EXAMPLES = {
    "box": box,
    "clock": clock,
    "o3_ring": o3_ring,
    "phase_oscillator": phase_oscillator,
    "robot_arm": robot_arm,
    "ten_angles": ten_angles,
    "torus": torus,
}

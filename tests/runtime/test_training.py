"""Losses, trainer, evaluation: exact on Gaussian targets, deterministic, with errors that explain."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled
from runtime.flows import CHECKERBOARD, random_weights, real
from runtime.models import phi4

from lqdsl.runtime.errors import NumericalError, RuntimeInputError
from lqdsl.runtime.kernels import Affine, Spline
from lqdsl.runtime.model import Model
from lqdsl.runtime.nets import CNN, MLP
from lqdsl.runtime.priors import FreeField, Normal
from lqdsl.runtime.train import Adam, Anneal, Stop, Trainer, TrainingDiverged, TrainOptions, evaluate
from lqdsl.runtime.train.annealing import annealed
from lqdsl.runtime.train.evaluate import metropolis, report
from lqdsl.runtime.train.losses import forward_kl, forward_kl_path, loss_function, reverse_kl, reverse_kl_path
from lqdsl.runtime.train.optimizer import schedule
from lqdsl.runtime.train.stopping import stop_reason

SMALL = CNN((4,), 3, odd=True, isotropic=True)
OPTIONS = TrainOptions(batch=64, evaluate_every=1000, evaluate_samples=256)


def model(extents: tuple[int, ...], *couplings: Any, m2: float = -4.0, lam: float = 6.975, **options: Any) -> Model:
    return replace(phi4(extents, m2, lam), flow=real(extents, *couplings, **options), train=OPTIONS)


def free(learn: bool) -> Model:
    """The free field 8 x 8 of mass2 = 1 with its own density as the flow."""
    return model((8, 8), m2=1.0, lam=0.0, priors={"phi": FreeField(1.0, learn=learn)})


def test_exact_flow() -> None:
    """q = p: all weights are equal, every proposal is accepted, log Z = -11.622885257333."""
    theory = free(learn=False)
    found = evaluate(theory, theory.flow.init(jax.random.key(0)), theory.parameters, jax.random.key(1), 3000)
    assert found.log_z == pytest.approx(-11.622885257333, abs=1e-9)
    assert found.ess == pytest.approx(1, abs=1e-10)
    assert found.acceptance > 0.999 and found.log_z_error < 1e-10 and found.samples == 3000


def test_couplings_that_the_dtype_cannot_hold_are_named() -> None:
    theory = replace(model((2, 2), m2=1e60), dtype="float32")
    with pytest.raises(NumericalError, match=r"m2 = 1e\+60 is more than float32 can hold"):
        Trainer(theory, theory.parameters)


def test_gaussian_target() -> None:
    """q a Gaussian of other width: ESS = prod_p (1 + (r_p - 1) ...) is known for each mode, and so is KL(q | p)."""
    lattice_mass, flow_mass = 1.0, 1.3
    theory = model((2, 2), m2=lattice_mass, lam=0.0, priors={"phi": FreeField(flow_mass, learn=False)})
    momenta2 = np.array([0.0, 4.0, 4.0, 8.0])
    ratio = (momenta2 + lattice_mass) / (momenta2 + flow_mass)
    log_z = -0.5 * np.sum(np.log((momenta2 + lattice_mass) / np.pi))
    ess = np.prod(np.sqrt((2 * ratio - 1) / ratio**2))
    divergence = 0.5 * np.sum(ratio - 1 - np.log(ratio))
    samples = 40000
    found = evaluate(theory, theory.flow.init(jax.random.key(0)), theory.parameters, jax.random.key(2), samples)
    assert abs(found.log_z - log_z) < 4 * found.log_z_error
    assert found.ess == pytest.approx(ess, rel=0.02)
    assert found.reverse_kl == pytest.approx(divergence, rel=0.05)
    assert found.log_z_error == pytest.approx(((1 / ess - 1) / samples) ** 0.5, rel=0.1)


def gradients(theory: Model, weights: Any, estimator: Any, batches: int, n: int) -> np.ndarray:
    """[batch, weight]."""

    def one(key: jax.Array) -> jax.Array:
        gradient, _ = estimator(theory.flow, theory.action, weights, theory.parameters, key, n)
        return jax.flatten_util.ravel_pytree(gradient)[0]

    return np.asarray(compiled(lambda keys: jax.lax.map(one, keys))(jax.random.split(jax.random.key(3), batches)))


def test_path_gradient_is_unbiased() -> None:
    """Both estimators have one mean: their difference per batch, same samples, is 0 within 4.5 errors (p < 1e-3)."""
    theory = model((4, 4), (2, CHECKERBOARD[2], Spline(3, 1.5), SMALL), priors={"phi": FreeField(1.0)})
    weights = jax.tree.map(lambda leaf: 0.5 * leaf, random_weights(theory.flow))
    path, plain = (gradients(theory, weights, estimator, 200, 32) for estimator in (reverse_kl_path, reverse_kl))
    difference = path - plain
    error = difference.std(axis=0, ddof=1) / 200**0.5
    assert path.shape[1] > 50
    assert np.abs(difference).max() > 1e-3
    assert (np.abs(difference.mean(axis=0)) <= 4.5 * error + 1e-12).all()


def test_path_gradient_vanishes_at_the_optimum() -> None:
    """q = p: zero sample by sample, where the reparametrized gradient only has zero mean."""
    theory = free(learn=True)
    weights = theory.flow.init(jax.random.key(0), jnp.float64)
    assert np.abs(gradients(theory, weights, reverse_kl_path, 2, 8)).max() < 1e-10
    assert np.abs(gradients(theory, weights, reverse_kl, 2, 8)).max() > 1e-2


def on_samples(estimator: Any, samples: Any) -> Any:
    """An estimator of forward KL with the samples it draws from."""
    return lambda *arguments: estimator(*arguments, samples)


def test_forward_kl_gradient_vanishes_on_average() -> None:
    """Samples of p = q: the mean gradient over many samples is 0 within 4.5 errors, that of the path for each of them."""
    theory = free(learn=True)
    weights = theory.flow.init(jax.random.key(0), jnp.float64)
    samples, _ = theory.flow.sample(weights, jax.random.key(9), 64 * 500)
    found = gradients(theory, weights, on_samples(forward_kl, samples), 200, 64)
    assert (np.abs(found.mean(axis=0)) < 4.5 * found.std(axis=0, ddof=1) / 200**0.5).all()
    assert np.abs(found).max() > 1e-2
    assert np.abs(gradients(theory, weights, on_samples(forward_kl_path, samples), 2, 8)).max() < 1e-10


@pytest.mark.slow
def test_forward_path_gradient_is_unbiased() -> None:
    """The target is a flow with other weights, of which there are samples; the difference to the plain gradient per batch
    is 0 within 4.5 errors (p < 1e-3), and the loss is the same."""
    theory = model((4, 4), (2, CHECKERBOARD[2], Spline(3, 1.5), SMALL), priors={"phi": FreeField(1.0)})
    weights = jax.tree.map(lambda leaf: 0.5 * leaf, random_weights(theory.flow))
    target = jax.tree.map(lambda leaf: -0.6 * leaf, weights)
    samples, _ = compiled(lambda target: theory.flow.sample(target, jax.random.key(5), 32 * 1000))(target)
    flow = theory.flow
    theory = replace(theory, action=lambda fields, _: -flow.log_prob(target, fields))
    path, plain = (
        gradients(theory, weights, on_samples(estimator, samples), 200, 32)
        for estimator in (forward_kl_path, forward_kl)
    )
    difference = path - plain
    error = difference.std(axis=0, ddof=1) / 200**0.5
    assert np.abs(difference).max() > 1e-3 and np.abs(plain.mean(axis=0)).max() > 4.5 * error.max()
    assert (np.abs(difference.mean(axis=0)) <= 4.5 * error + 1e-12).all()


@pytest.mark.slow
def test_mixed_path_gradient_is_the_weighted_sum() -> None:
    """One pass over both halves gives what both losses give with their own keys."""
    theory = model((2, 2), (2, CHECKERBOARD[2], Affine(), SMALL), priors={"phi": FreeField(1.0)})
    weights = random_weights(theory.flow)
    samples, _ = theory.flow.sample(weights, jax.random.key(1), 64)
    samples = jax.tree.map(lambda x: 1.2 * x, samples)
    common = (theory.flow, theory.action, weights, theory.parameters)
    loss = loss_function(TrainOptions(loss="mixed", estimator="paths", reverse=2.0, forward=0.5), samples)

    @compiled
    def all_three(key: jax.Array) -> Any:
        first, second = jax.random.split(key)
        both = loss(*common, key, 16, samples)
        return both, reverse_kl_path(*common, first, 16), forward_kl_path(*common, second, 16, samples)

    (found, value), (down, reverse), (up, forward) = all_three(jax.random.key(2))
    wanted = jax.tree.map(lambda a, b: 2 * a + 0.5 * b, down, up)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-13), found, wanted)
    np.testing.assert_allclose(value.value, 2 * reverse.value + 0.5 * forward.value)
    assert value.log_weight.shape == (16,)


def test_training_reaches_a_known_partition_function() -> None:
    """phi^4 on 6 x 6 (E1): log Z = 6.9849479 within 4 errors, after a short training that at least reaches ESS 0.5."""
    net = CNN((8,), (5, 1), odd=True, isotropic=True)
    theory = model((6, 6), (4, CHECKERBOARD[2], Spline(4, 2.0), net), priors={"phi": FreeField(1.0)})
    options = replace(OPTIONS, batch=128, optimizer=Adam(5e-3), steps=200)
    trainer = Trainer(replace(theory, dtype="float32"), theory.parameters, options)
    state, metrics = trainer.run(trainer.init(jax.random.key(0)), 200)
    found = evaluate(theory, state.weights, theory.parameters, jax.random.key(5), 16384)
    assert found.ess > 0.5 and metrics["step"] == 200
    assert abs(found.log_z - 6.9849479) < 4 * found.log_z_error < 0.05


def small_trainer(**changes: Any) -> Trainer:
    theory = model((2, 2), (2, CHECKERBOARD[2], Affine(), SMALL))
    return Trainer(theory, theory.parameters, replace(OPTIONS, **changes))


def test_blocks_do_not_matter() -> None:
    """4 steps are 1 and 3 steps, bit for bit, and the given state survives."""
    trainer = small_trainer()
    start = trainer.init(jax.random.key(0))
    whole, _ = trainer.run(start, 4)
    parts, _ = trainer.run(trainer.run(start, 1)[0], 3)
    assert int(start.step) == 0 and int(whole.step) == 4
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(parts), strict=True):
        assert (
            (jax.random.key_data(a) == jax.random.key_data(b)).all() if a.dtype == start.key.dtype else (a == b).all()
        )


def test_microbatches_are_averaged() -> None:
    """One step on pieces is the optimiser's step on the mean of their gradients, each from its own key."""
    trainer = small_trainer(microbatch=16)
    start = trainer.init(jax.random.key(0))
    state = start._replace(weights=random_weights(trainer.model.flow))
    theory = trainer.model

    @jax.jit
    def piece(key: jax.Array) -> Any:
        gradient, loss = reverse_kl_path(theory.flow, theory.action, state.weights, theory.parameters, key, 16)
        return jax.flatten_util.ravel_pytree(gradient)[0], loss.value

    gradients, losses = zip(*(piece(trainer.sample_key(state, number)) for number in range(4)), strict=True)
    _, metrics = trainer.run(state, 1)
    assert metrics["loss"] == pytest.approx(np.mean(losses), rel=1e-10)
    assert metrics["gradient_norm"] == pytest.approx(np.linalg.norm(np.mean(gradients, axis=0)), rel=1e-10)
    assert np.std(losses) > 0


def test_divergence() -> None:
    trainer = small_trainer(optimizer=Adam(1e300))
    with pytest.raises(TrainingDiverged, match="not finite at step 1 ") as caught:
        trainer.run(trainer.init(jax.random.key(0)), 3)
    assert caught.value.step == 1


def test_weights_of_another_volume() -> None:
    small = small_trainer()
    weights = small.run(small.init(jax.random.key(0)), 2)[0].weights
    theory = model((4, 4), (2, CHECKERBOARD[2], Affine(), SMALL))
    state = Trainer(theory, theory.parameters).init(jax.random.key(1), weights)
    assert (state.weights["couplings"][0]["in0"] == weights["couplings"][0]["in0"]).all()
    dense = [model((n, n), (2, CHECKERBOARD[2], Affine(), MLP((4,)))) for n in (2, 4)]
    with pytest.raises(RuntimeInputError, match=r"\(2, 1, 2, 4\).*needs \(2, 1, 8, 4\).*MLP fit one volume"):
        Trainer(dense[1], theory.parameters).init(jax.random.key(0), dense[0].flow.init(jax.random.key(0)))
    with pytest.raises(RuntimeInputError, match="only in the"):
        Trainer(theory, theory.parameters).init(jax.random.key(0), {"prior": weights["prior"]})


def test_stop_rules() -> None:
    rules = (Stop("acceptance", ">", 0.7), Stop("plateau", ">", 150), Stop("minutes", ">", 2))
    trainer = small_trainer(stop=rules, steps=1000)
    state = trainer.init(jax.random.key(0))
    history = [{"step": 100, "loss": 1.0, "acceptance": 0.5}]
    assert trainer.stop_reason(state, [], 0.0) is None
    assert trainer.stop_reason(state, history, 60.0) is None
    assert trainer.stop_reason(state, history, 121.0) == "minutes > 2 (reached 2.017)"
    assert "acceptance > 0.7" in str(
        trainer.stop_reason(state, [*history, {"step": 200, "loss": 1, "acceptance": 0.71}], 0)
    )
    worse = [*history, {"step": 200, "loss": 2.0}, {"step": 300, "loss": 1.5}]
    assert "plateau" in str(trainer.stop_reason(state, worse, 0.0))
    assert trainer.stop_reason(state._replace(step=jnp.int32(1000)), history, 0.0) == "1000 steps"


def test_metropolis_chain() -> None:
    """Equal weights are always accepted; after a far better sample all others are refused."""
    generator = np.random.default_rng(0)
    assert metropolis(np.zeros(100), generator) == (1.0, 0)
    assert metropolis(np.r_[50.0, np.zeros(20), 50.0], generator) == (1 / 21, 20)
    found = report(np.log([1.0, 3.0]), jax.random.key(0))
    assert found.ess == pytest.approx(0.8) and found.log_z == pytest.approx(np.log(2))


def test_schedules() -> None:
    warm = schedule(Adam(0.1, schedule="cosine", warmup=10, final=0.02), 110)
    assert [float(warm(step)) for step in (0, 5, 10, 60, 110)] == pytest.approx([0, 0.05, 0.1, 0.051, 0.002], abs=1e-6)
    cycle = schedule(Adam(0.1, schedule="one_cycle"), 100)
    assert float(cycle(30)) == pytest.approx(0.1) and float(cycle(100)) == pytest.approx(0.001, rel=1e-3)
    assert float(schedule(Adam(0.1), 5)(100)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TrainOptions(loss="kl"), "loss must be"),
        (lambda: TrainOptions(estimator="reinforce"), "estimator must be"),
        (lambda: TrainOptions(batch=100, microbatch=64), "multiple of microbatch"),
        (lambda: Adam(schedule="step"), "schedule must be"),
        (lambda: Adam(rate=0.0), "rate > 0"),
        (lambda: Stop("energy", ">", 1), "cannot stop on"),
        (lambda: Stop("ess", "=", 1), "comparison"),
        (lambda: Trainer(free(True), None, TrainOptions(loss="forward_kl")), "needs samples"),
        (lambda: CNN((4,), 2), "odd kernel"),
        (lambda: CNN((4,), activation="relu", odd=True), "not an odd activation"),
        (lambda: CNN((4,), (3,)), "need 2 kernels"),
        (lambda: MLP((), "tanh"), "at least one hidden"),
        (lambda: real((4, 4), (0, CHECKERBOARD[2], Affine(), SMALL)), "at least one layer"),
        (lambda: real((4, 4), composition="loop"), "composition"),
        (lambda: real((3, 3), (1, CHECKERBOARD[2], Affine(), SMALL)).forward({}, (jnp.zeros((4, 4, 1)),)), "must be"),
    ],
)
def test_refused(make: Any, words: str) -> None:
    with pytest.raises(RuntimeInputError, match=words):
        make()


def test_normal_prior_weights_are_empty() -> None:
    assert Normal().init(jnp.float32) == {}


ANNEALED = replace(OPTIONS, steps=20, anneal=(Anneal("m2", 1.0),))


def test_annealing_moves_a_parameter_to_its_value() -> None:
    """From `start` at step 0, half way at a quarter of the steps, at the value of the run from one half on."""
    parameters = model((4, 4)).parameters
    moved = [float(annealed(parameters, ANNEALED, step).m2) for step in (0, 5, 10, 19)]
    assert moved == [1.0, -1.5, -4.0, -4.0]
    assert annealed(parameters, OPTIONS, 3) is parameters
    assert ANNEALED.annealed_steps == 10


def test_annealed_training_resumes_and_ends_where_the_run_is() -> None:
    """Two blocks are one run; the steps behind the first half are those without annealing."""
    theory = model((4, 4), (2, CHECKERBOARD[2], Affine(), SMALL))
    trainer, plain = Trainer(theory, theory.parameters, ANNEALED), Trainer(theory, theory.parameters, OPTIONS)
    start = trainer.init(jax.random.key(1))
    once, _ = trainer.run(start, 12)
    half, _ = trainer.run(start, 5)
    twice, _ = trainer.run(half, 7)
    assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), once.weights, twice.weights))
    _, metrics = trainer.run(once, 3)
    _, expected = plain.run(once, 3)
    assert metrics["loss"] == expected["loss"]
    early = [other.run(start, 1)[1]["loss"] for other in (trainer, plain)]
    assert early[0] != early[1]


def test_annealing_something_unknown() -> None:
    theory = model((4, 4))
    with pytest.raises(RuntimeInputError, match="cannot anneal 'beta'"):
        Trainer(theory, theory.parameters, replace(OPTIONS, anneal=(Anneal("beta", 1.0),)))
    with pytest.raises(RuntimeInputError, match="part of the steps"):
        Anneal("beta", 1.0, fraction=0.0)


def test_a_plateau_counts_behind_the_annealing() -> None:
    rule = replace(ANNEALED, stop=(Stop("plateau", ">", 4),))
    history = [{"step": step, "loss": float(step)} for step in (2, 6, 12, 14, 16)]
    assert stop_reason(rule, history[:2], 0.0) is None
    assert stop_reason(rule, history[:4], 0.0) is None
    assert stop_reason(rule, [*history, {"step": 18, "loss": 99.0}], 0.0) == "plateau > 4 (reached 6)"

"""Programs of the examples lower for CPU, CUDA and TPU on a machine that has only the first."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.export
import jax.numpy as jnp
import pytest

import lqdsl
from lqdsl.runtime import random
from lqdsl.runtime.train.trainer import Trainer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PLATFORMS = ("cpu", "cuda", "tpu")
THEORIES = ("phi4", "on_model", "two_fields", "phase_oscillator")


def exported_platforms(function, *arguments):  # type: ignore[no-untyped-def]
    """Platforms for which the program was lowered."""
    return jax.export.export(jax.jit(function), platforms=PLATFORMS)(*arguments).platforms


@pytest.fixture(params=THEORIES)
def model(request):  # type: ignore[no-untyped-def]
    return lqdsl.load(EXAMPLES / f"{request.param}.lqt", dtype="float64").MODEL


def test_hmc_step_lowers_everywhere(model) -> None:  # type: ignore[no-untyped-def]
    sampler = model.samplers["hmc"].build(model)
    words = random.key_words(jax.random.key(0))
    state = sampler.init(words, model.parameters)
    assert exported_platforms(sampler.step, words, state, model.parameters) == PLATFORMS


def test_flow_sampling_lowers_everywhere(model) -> None:  # type: ignore[no-untyped-def]
    weights = model.flow.init(jax.random.key(0), jnp.float64)
    assert exported_platforms(lambda w, key: model.flow.sample(w, key, 16), weights, jax.random.key(1)) == PLATFORMS


def test_training_step_lowers_everywhere(model) -> None:  # type: ignore[no-untyped-def]
    trainer = Trainer(model, model.parameters, replace(model.train, batch=32, microbatch=32))
    state = trainer.init(jax.random.key(0))
    assert exported_platforms(trainer.whole_step, state, model.parameters, None) == PLATFORMS

"""What all tests share."""

from collections.abc import Iterator

import jax
import pytest

import lqdsl.runtime  # noqa: F401 sets flags of XLA, which must happen before anything is computed


@pytest.fixture(autouse=True, scope="module")
def _programs_are_dropped() -> Iterator[None]:
    """The compiled programs of a file are of no use to the next one, and would fill the memory."""
    yield
    jax.clear_caches()

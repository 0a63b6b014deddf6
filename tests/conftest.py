"""What all tests share."""

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture(autouse=True, scope="module")
def _programs_are_dropped() -> Iterator[None]:
    """The compiled programs of a file are of no use to the next one, and would fill the memory."""
    yield
    jax.clear_caches()

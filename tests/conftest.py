"""What all tests share."""

from collections.abc import Iterator

import jax
import pytest

import lqdsl.runtime  # noqa: F401 sets flags of XLA, which must happen before anything is computed


def pytest_configure(config: pytest.Config) -> None:
    """The default tests compile more than they compute, so their programs are hardly optimised, but for those of the command
    line, which run in processes of their own. The slow tests compute for long, with the programs that users run."""
    if config.option.markexpr == "not slow":
        jax.config.update("jax_disable_most_optimizations", True)


@pytest.fixture(autouse=True, scope="module")
def _programs_are_dropped() -> Iterator[None]:
    """The compiled programs of a file are of no use to the next one, and would fill the memory."""
    yield
    jax.clear_caches()

"""Random keys of the stages of a run, all from its seed."""

from zlib import crc32

import jax


def stage_key(seed: int, stage: str) -> jax.Array:
    """The key of a stage; it depends on the seed and the name of the stage only, so stages can be added."""
    key = jax.random.key(seed & 0xFFFFFFFF, impl="threefry2x32")
    return jax.random.fold_in(jax.random.fold_in(key, seed >> 32), crc32(stage.encode()))

"""The optax optimiser that `Adam` describes."""

import optax

from lqdsl.runtime.train.options import Adam


def schedule(options: Adam, steps: int) -> optax.Schedule:
    """Learning rate at each step of a run of `steps`."""
    rest = max(steps - options.warmup, 1)
    if options.schedule == "cosine":
        main = optax.cosine_decay_schedule(options.rate, rest, options.final)
    elif options.schedule == "one_cycle":
        main = optax.cosine_onecycle_schedule(rest, options.rate, final_div_factor=1 / (25 * options.final))
    else:
        main = optax.constant_schedule(options.rate)
    if not options.warmup:
        return main
    ramp = optax.linear_schedule(0.0, options.rate, options.warmup)
    return optax.join_schedules([ramp, main], [options.warmup])


def transformation(options: Adam, steps: int) -> optax.GradientTransformation:
    """Clipping, then Adam with its schedule."""
    adam = optax.adam(schedule(options, steps), b1=options.b1, b2=options.b2)
    return adam if options.clip is None else optax.chain(optax.clip_by_global_norm(options.clip), adam)

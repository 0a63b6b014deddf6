"""Programs as a competent user writes them in an afternoon: the full lattice, masks multiplied in, jitted, batched."""

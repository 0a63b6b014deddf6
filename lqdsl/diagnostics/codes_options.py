"""Titles and explanations of E07xx to E09xx: options, parameters, what this version does not have."""

OPTIONS: dict[str, tuple[str, str]] = {
    "E0701": (
        "unknown option",
        """
This block does not have an option of that name.

Bad:
    sample hmc { chain = 64 }
Good:
    sample hmc { chains = 64 }
""",
    ),
    "E0702": (
        "value that the option does not take",
        """
The value is of another type than the option needs, or out of its range.

Bad:
    sample hmc { steps = 0 }
Good:
    sample hmc { steps = 10 }
""",
    ),
    "E0703": (
        "unknown or unfit sampler, prior, kernel or net",
        """
The word names none of those that the runtime brings, and the note lists them; or it names a sampler that this action
does not admit. Local updates need one sum over sites. Clusters (`wolff`) need a field s with S = -sum J s(x).s(y) + R,
where R stays when a single spin is reflected: no external fields, no higher harmonics; others move by Metropolis. Pairs
that no offset on the lattice joins are listed one by one, at most 200,000 of them.
`tempering` needs an action that grows faster than a logarithm of its fields.

Bad:
    sample hcm { chains = 64 }
Good:
    sample hmc { chains = 64 }
""",
    ),
    "E0704": (
        "option given twice",
        """
Each option has one value in a block; the second place shows the first one.

Bad:
    train { batch = 64   steps = 1000   batch = 128 }
Good:
    train { batch = 128   steps = 1000 }
""",
    ),
    "E0705": (
        "choice for another kind of field",
        """
Priors, kernels, nets and masks belong to kinds of fields: numbers have `normal`, `free`, `affine`, `spline`; links have
`haar` and `uniform`, those of U(1) `ncp`, `moebius`, `spline`, those of SU(n) and U(n) `spectral`.

Bad:
    field U : link SU(2)
    flow { couple U via P { kernel = affine } }
Good:
    field U : link SU(2)
    flow { couple U via P { kernel = spectral(bins = 8) } }
""",
    ),
    "E0801": (
        "parameter out of its declared range",
        """
The default, or the value set on the command line, lies outside the interval that the file declares.

Bad:
    param beta : real = -1.0 in (0, inf)
Good:
    param beta : real = 1.0 in (0, inf)
""",
    ),
    "E0802": (
        "unknown parameter",
        """
`--set` (or `load(..., name=value)`) names a parameter that the file does not declare.

Bad:
    lqdsl run phi4.lqt --set lamda=5.55
Good:
    lqdsl run phi4.lqt --set lambda=5.55
""",
    ),
    "E0803": (
        "value that the parameter cannot have",
        """
Parameters of type `int` take whole numbers, those of type `real` finite numbers, lists as many numbers as the
default has.

Bad:
    param L : int = 6.5
Good:
    param L : int = 6
""",
    ),
    "E0804": (
        "data file that cannot be used",
        """
A data file is a `.npy` file of finite real numbers in the folder of the theory, or in a folder inside it. Its shape is
that of the declaration: the extents of the lattice for a site, the number of axes for a direction, the length of the
range for an index, in the order in which they are declared. Pickled objects are never read.

Bad:
    lattice [8, 8]
    data h[x] from "../field.npy"
Good:
    lattice [8, 8]
    data h[x] from "field.npy"
""",
    ),
    "E0901": (
        "not available in this version",
        """
The language has this construct and the file is well formed, but this version of lqdsl cannot give it a meaning yet.
The help says which construct comes closest to it.

Not yet:
    stop when acceptance > 0.7 and minutes > 3
Now:
    stop when acceptance > 0.7
""",
    ),
}

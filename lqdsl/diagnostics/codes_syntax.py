"""Titles and explanations of E01xx, errors of syntax."""

SYNTAX: dict[str, tuple[str, str]] = {
    "E0101": (
        "unexpected word or sign",
        """
The text cannot go on with this word or sign. Everything before it could be read.

Bad:
    action = sum[x]( 2 phi(x)^2 )
Good:
    action = sum[x]( 2*phi(x)^2 )

Products are always written with `*`. Line breaks carry no meaning, so the mistake may stand at the end
of the line before.
""",
    ),
    "E0102": (
        "something is missing",
        """
A declaration ends before it is complete; the caret stands where the missing part belongs.

Bad:
    param m2 : real =
    field phi : real
Good:
    param m2 : real = -4.0
    field phi : real
""",
    ),
    "E0103": (
        "brackets do not match",
        """
A bracket is never closed, closes nothing, or is closed by a bracket of another shape.
The second place shows the bracket that was opened.

Bad:
    action = sum[x]( phi(x)^2
    observable M = mean[x]( phi(x) )
Good:
    action = sum[x]( phi(x)^2 )
    observable M = mean[x]( phi(x) )
""",
    ),
    "E0104": (
        "character that the language does not have",
        """
Theories are written in ASCII: names of letters a-z, A-Z, digits and `_`, and signs such as `+ - * / ^ = < > |`.
Comments (`# ...`) may hold any text. Greek letters are spelled out, a minus copied from a paper is typed as `-`.

Bad:
    action = sum[x]( λ·φ(x)^4 )
Good:
    action = sum[x]( lambda * phi(x)^4 )
""",
    ),
    "E0105": (
        "string that is not closed",
        """
A text in quotes has to end on the line on which it began. Only `"` quotes.

Bad:
    data h[x] from "field.npy
Good:
    data h[x] from "field.npy"
""",
    ),
    "E0106": (
        "reserved word used as a name",
        """
Words that open declarations and structure them (`field`, `action`, `sum`, `from`, ...) cannot name anything else.
`lambda` is an ordinary name; only the language's own words are reserved.

Bad:
    param field : real = 0.1
Good:
    param h : real = 0.1
""",
    ),
    "E0107": (
        "operator of another language",
        """
The operators are `+ - * / ^`, comparisons `< <= > >= == !=`, the words `and` and `or`, `=` defines,
`->` maps.

Bad:
    action = sum[x]( phi(x)**2 )
    train { stop when acceptance = 0.7 }
Good:
    action = sum[x]( phi(x)^2 )
    train { stop when acceptance == 0.7 }
""",
    ),
    "E0108": (
        "number out of bounds",
        """
A literal may have at most 40 digits and lie between 1e-300 and 1e300; a literal power may be at most 64.
Powers are multiplied out when the action is brought to its canonical form, so a larger one is hardly ever meant.

Bad:
    param m2 : real = 1e999
Good:
    param m2 : real = 1e9
""",
    ),
    "E0109": (
        "name that is not allowed",
        """
A name has at most 64 letters, digits and underscores, and does not begin with two underscores:
such names belong to the machinery of the generated module.

Bad:
    param __init__ : real = 1.0
Good:
    param init : real = 1.0
""",
    ),
    "E0110": (
        "condition where a value is needed",
        """
Comparisons, `and` and `or` have a meaning in binders, `sum[mu < nu](...)`, and after `stop when`; elsewhere
a value is needed.

Bad:
    action = sum[x]( phi(x) < 1 )
Good:
    action = sum[x, mu < nu]( phi(x + mu) * phi(x + nu) )
    train { stop when acceptance > 0.7 }
""",
    ),
    "E0111": (
        "file too large",
        """
A theory may have at most 2,000,000 characters. Tables of numbers belong into a file of their own.

Bad:
    param h = [0.1, 0.2, ... a million numbers ...]
Good:
    data h[x] from "field.npy"
""",
    ),
    "E0112": (
        "nested too deeply",
        """
Expressions may be nested at most 100 levels deep: brackets in brackets, powers of powers, minus of minus.
Sums and products of any number of terms count as one level.

Bad:
    action = ((((( ... 200 brackets ... )))))
Good:
    let inner = ...
    action = sum[x]( inner^2 )
""",
    ),
    "E0113": (
        "unknown declaration",
        """
Every declaration opens with one of: theory, param, index, lattice, boundary, field, data, loop, let, action, symmetry,
observable, derived, flow, train, sample.

Bad:
    parameter m2 : real = -4.0
Good:
    param m2 : real = -4.0
""",
    ),
}

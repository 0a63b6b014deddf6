"""The action in normal form, the check that it is real, and its density where it is one sum over sites."""

from sympy import Add, Expr, Heaviside, Mul, Rational, S, count_ops

from lqdsl.diagnostics import Diagnostic, DiagnosticError, Span
from lqdsl.ir.compiled import Action
from lqdsl.ir.nodes import Local, SiteSum, TopologicalCharge
from lqdsl.ir.printing import notation
from lqdsl.ir.rows import AT_INDEX, HOLDS_FIELDS
from lqdsl.ir.theory import Lattice, Term, Theory
from lqdsl.passes.expand import NotSeparable, TooLarge, expand
from lqdsl.passes.normal import canonical_density, expand_products, normal_form

LARGEST_NUMBER = 10**300
UNDEFINED = (S.ImaginaryUnit, S.ComplexInfinity, S.Infinity, S.NegativeInfinity, S.NaN)
FACTORED_GAIN, FACTORED_GAIN_LOCAL = 3, 1.5


def expand_at(expression: Expr, span: Span, lattice: Lattice) -> Expr:
    """`expand`, with its refusals as diagnostics E0604, E0303 and E0301 at `span`."""
    try:
        expanded = expand(expression, lattice)
        if expanded.has(*UNDEFINED) or any(abs(number) > LARGEST_NUMBER for number in expanded.atoms(Rational)):
            raise DiagnosticError((Diagnostic("E0301", "this is not a finite real number", span),))
        return expanded
    except NotSeparable:
        raise DiagnosticError(
            (
                Diagnostic(
                    "E0604",
                    "this double sum does not separate into single sums",
                    span,
                    notes=("a sum over pairs of sites must be a sum of products a(x) b(y)",),
                ),
            )
        ) from None
    except TooLarge as error:
        raise DiagnosticError((Diagnostic("E0303", str(error), span),)) from None


def canonical_action(theory: Theory) -> Action:
    """Raises E0601 if the action is complex, E0603 if no field is in it, E0604."""
    lattice = theory.lattice
    terms = tuple(_expanded(term, lattice) for term in theory.action)
    imaginary = Add(*(expand_at(term.imaginary, term.span, lattice) for term in theory.action))
    rest = normal_form(imaginary, lattice.volume)
    if rest != 0:
        raise DiagnosticError((_not_real(theory, rest),))
    total = normal_form(Add(*(term.expression for term in terms)), lattice.volume)
    charged = next((term for term in terms if term.expression.has(TopologicalCharge)), None)
    if charged is not None:
        help_ = "on two axes a theta term is `theta * sum[x]( arg(P[0, 1](x)) ) / (2*pi)`"
        message = "`topological_charge` stands in observables only"
        raise DiagnosticError((Diagnostic("E0301", message, charged.span, helps=(help_,)),))
    stepping = next((term for term in terms if term.expression.has(Heaviside)), None)
    if stepping is not None:
        help_ = "a smooth step is `(1 + tanh(x / width)) / 2`"
        message = "`step` stands in observables only: an action with jumps has no force"
        raise DiagnosticError((Diagnostic("E0301", message, stepping.span, helps=(help_,)),))
    if not total.has(*HOLDS_FIELDS):
        message = "the action does not depend on any field"
        raise DiagnosticError((Diagnostic("E0603", message, theory.action_span),))
    if total.has(S.ComplexInfinity, S.NaN, S.Infinity):
        raise DiagnosticError((Diagnostic("E0601", "the action is not finite", theory.action_span),))
    if total.has(*AT_INDEX):  # no single density: fields at given sites do not move with the running site
        return Action(terms, total, None, Add(*(term.expression for term in terms)))
    local = tuple(term for term in terms if _linear_density(term.expression, lattice) is not None)
    rest = Add(*(term.expression for term in terms if term not in local))
    density = single_density(tuple(term.expression for term in local), lattice)
    formula = rest if density is None or density == 0 else SiteSum(density) + rest
    return Action(terms, total, density if len(local) == len(terms) else None, formula)


def _expanded(term: Term, lattice: Lattice) -> Term:
    """The real part after expansion."""
    parts = tuple(_expanded(part, lattice) for part in term.parts)
    return Term(expand_at(term.expression, term.span, lattice), S.Zero, term.span, parts)


def _not_real(theory: Theory, rest: Expr) -> Diagnostic:
    guilty = next((term for term in theory.action if term.imaginary != 0), None)
    return Diagnostic(
        "E0601",
        "the action is not real",
        guilty.span if guilty else theory.action_span,
        notes=(f"its imaginary part is {notation(rest, theory.fields)}",),
        helps=("add the complex conjugate of the term, or take its real part, `re( ... )`",),
    )


def single_density(terms: tuple[Expr, ...], lattice: Lattice) -> Expr | None:
    """a(x) with S = sum_x a(x), or None.

    Monomials are anchored and merged; a term that is much shorter as it was typed, (phi.phi)^2, stays factored.
    """
    pool, factored = S.Zero, S.Zero
    for term in terms:
        typed = _linear_density(term, lattice)
        if typed is None:
            return None
        merged = canonical_density(typed)
        gain = FACTORED_GAIN if any(any(map(any, atom.offsets)) for atom in typed.atoms(Local)) else FACTORED_GAIN_LOCAL
        if count_ops(typed) * gain < count_ops(merged):
            factored += typed
        else:
            pool += merged
    return pool + factored


def _linear_density(expression: Expr, lattice: Lattice) -> Expr | None:
    density = S.Zero
    for term in Add.make_args(expand_products(expression)):
        sums = [factor for factor in Mul.make_args(term) if factor.has(SiteSum)]
        rest = Mul(*(factor for factor in Mul.make_args(term) if not factor.has(SiteSum)))
        if not sums:
            density += rest / lattice.volume
        elif len(sums) == 1 and isinstance(sums[0], SiteSum):
            density += rest * sums[0].density
        else:
            return None
    return density

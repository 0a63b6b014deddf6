"""Parameters, lattice, fields and indices: what the expressions of a file stand upon."""

import math

from lqdsl.diagnostics import Label, Sink, Span, suggest
from lqdsl.ir.kinds import Angle, Complex, Group, Kind, Real, Sphere, Vector
from lqdsl.ir.theory import Field, Interval, Lattice, Parameter
from lqdsl.semantics.boxes import box, is_box
from lqdsl.semantics.constants import integer, real
from lqdsl.semantics.errors import collecting, fail
from lqdsl.semantics.functions import FUNCTIONS
from lqdsl.semantics.scope import CONSTANTS, REDUCTIONS, SITE_NAMES, Declared, IndexRange, is_binder_name
from lqdsl.syntax import ast
from lqdsl.syntax.walk import walk

LARGEST_VOLUME = 2**24
LARGEST_DIMENSION = 4
LARGEST_VECTOR = 64
LARGEST_GROUP = 16
RESERVED = (*CONSTANTS, *REDUCTIONS, *FUNCTIONS, "topological_charge")

Overrides = dict[str, float | tuple[float, ...]]


def declared_names() -> Declared:
    """An empty table of names that refuses the built-in ones."""
    return Declared(RESERVED)


def parameter(
    node: ast.ParamDecl,
    known: dict[str, Parameter],
    overrides: Overrides,
    shaping: frozenset[str],
    lengths: frozenset[str],
) -> Parameter:
    """A parameter with its value, which `overrides` may replace; untyped ones among `shaping` are ints, real ones among
    `lengths` are fixed.

    Errors E0801, E0803.
    """
    name = node.name.name
    kind = _type(node, shaping)
    interval = None
    if node.interval is not None:
        bounds = node.interval
        interval = Interval(real(bounds.low, known), real(bounds.high, known), bounds.low_closed, bounds.high_closed)
        if not interval.low < interval.high:
            fail("E0801", f"the interval {interval} is empty", bounds.span)
    value: int | float | tuple[float, ...]
    if isinstance(node.value, ast.ListExpr):
        value = tuple(real(item, known) for item in node.value.items)
        if not value:
            fail("E0803", "a list holds at least one number", node.value.span)
        if kind == "int":
            fail("E0803", "a list holds real numbers", node.value.span, helps=(f"write `param {name} : real = ...`",))
    else:
        value = integer(node.value, known, f"`{name}`") if kind == "int" else real(node.value, known)
    if name in overrides:
        value = _override(node, kind, value, overrides[name])
    for entry in value if isinstance(value, tuple) else (value,):
        if not math.isfinite(entry):
            fail("E0803", f"`{name}` must be finite", node.value.span)
        if interval is not None and entry not in interval:
            fail("E0801", f"`{name}` = {entry:g} is outside {interval}", node.value.span)
    is_length = kind == "real" and name in lengths and not isinstance(value, tuple)
    return Parameter(name, kind, value, interval, node.span, is_length)


def stand_in(node: ast.ParamDecl, shaping: frozenset[str], lengths: frozenset[str]) -> Parameter:
    """A parameter in place of one with an error, so that its uses give no errors of their own."""
    value = (1.0,) * len(node.value.items) if isinstance(node.value, ast.ListExpr) else 1
    declared = node.type.name if node.type is not None else ""
    whole = declared == "int" or not declared and node.name.name in shaping
    is_length = not whole and node.name.name in lengths and not isinstance(value, tuple)
    return Parameter(node.name.name, "int" if whole else "real", value, None, node.span, is_length)


def _type(node: ast.ParamDecl, shaping: frozenset[str]) -> str:
    if node.type is not None:
        if node.type.name not in ("int", "real"):
            close = suggest(node.type.name, ("int", "real"))
            fail(
                "E0301",
                f"a parameter is `int` or `real`, not `{node.type.name}`",
                node.type.span,
                helps=(f"did you mean `{close}`?",) if close else (),
            )
        return node.type.name
    broken = isinstance(node.value, ast.Number) and not node.value.text.isdigit()
    return "int" if node.name.name in shaping and not broken else "real"


def shaping_names(statements: tuple[ast.Statement, ...]) -> frozenset[str]:
    """Names that have to be known when the theory is compiled: in extents, ranges, sizes of kinds, other parameters."""
    places: list[ast.Expr] = []
    for statement in statements:
        match statement:
            case ast.LatticeDecl(extents=extents):
                places += extents
            case ast.IndexDecl(range=bounds):
                places += [bounds.low, bounds.high]
            case ast.FieldDecl(kind=kind) if not is_box(kind):
                places += kind.arguments
            case ast.ParamDecl(value=value, interval=interval):
                places += [value] if interval is None else [value, interval.low, interval.high]
        for node in walk(statement):
            if isinstance(node, ast.Bounded):
                places += [node.range.low, node.range.high]
    return frozenset(node.name for place in places for node in walk(place) if isinstance(node, ast.Name))


def _override(
    node: ast.ParamDecl, kind: str, value: float | tuple[float, ...], new: float | tuple[float, ...]
) -> int | float | tuple[float, ...]:
    name = node.name.name
    if isinstance(value, tuple) != isinstance(new, tuple) or isinstance(new, tuple) and len(new) != len(value):  # type: ignore[arg-type]
        shape = f"a list of {len(value)} numbers" if isinstance(value, tuple) else "one number"
        fail("E0803", f"`{name}` takes {shape}", node.span)
    if kind == "int":
        if isinstance(new, tuple) or not float(new).is_integer():
            fail("E0803", f"`{name}` is an int, got {new}", node.span)
        return int(new)
    return new


def check_overrides(overrides: Overrides, parameters: dict[str, Parameter], sink: Sink) -> None:
    """E0802 for names that no parameter has."""
    for name in overrides:
        if name not in parameters:
            close = suggest(name, tuple(parameters))
            have = f"the parameters are {', '.join(parameters)}" if parameters else "this theory has no parameters"
            sink.error(
                "E0802",
                f"no parameter `{name}` to set",
                None,
                notes=(have,),
                helps=(f"did you mean `{close}`?",) if close else (),
            )


def index(node: ast.IndexDecl, parameters: dict[str, Parameter]) -> IndexRange:
    """A declared index. Errors E0203, E0303."""
    if is_binder_name(node.name.name):
        what = "sites" if SITE_NAMES.fullmatch(node.name.name) else "directions"
        fail("E0203", f"`{node.name.name}` runs over {what}", node.name.span, helps=("choose another name",))
    low = integer(node.range.low, parameters, "a bound")
    high = integer(node.range.high, parameters, "a bound")
    if high < low:
        fail("E0303", f"the range {low}..{high} is empty", node.range.span)
    return IndexRange(node.name.name, low, high, node.span)


def lattice(
    node: ast.LatticeDecl, boundaries: list[ast.BoundaryDecl], parameters: dict[str, Parameter], sink: Sink
) -> Lattice:
    """Extents and boundary signs. Error E0501."""
    extents = []
    for item in node.extents:
        extent = integer(item, parameters, "an extent")
        if extent < 1:
            fail("E0501", f"an extent must be at least 1, got {extent}", item.span)
        extents.append(extent)
    if len(extents) > LARGEST_DIMENSION:
        fail("E0501", f"lattices have 1 to {LARGEST_DIMENSION} dimensions, got {len(extents)}", node.span)
    if math.prod(extents) > LARGEST_VOLUME:
        fail("E0501", f"the lattice has {math.prod(extents)} sites, at most {LARGEST_VOLUME} are possible", node.span)
    signs: list[int] = [1] * len(extents)
    seen: dict[int, Span] = {}
    for boundary in boundaries:
        with collecting(sink):
            _boundary(boundary, signs, seen, parameters)
    return Lattice(tuple(extents), tuple(signs), node.span)


def _boundary(
    node: ast.BoundaryDecl, signs: list[int], seen: dict[int, Span], parameters: dict[str, Parameter]
) -> None:
    kinds = ("periodic", "antiperiodic")
    if node.kind.name not in kinds:
        close = suggest(node.kind.name, kinds)
        fail(
            "E0501",
            f"a boundary is periodic or antiperiodic, not `{node.kind.name}`",
            node.kind.span,
            helps=(f"did you mean `{close}`?",) if close else (),
        )
    axes = [(integer(axis, parameters, "an axis"), axis.span) for axis in node.axes] or [
        (a, node.span) for a in range(len(signs))
    ]
    for axis, span in axes:
        if not 0 <= axis < len(signs):
            fail("E0501", f"there is no axis {axis}, axes are 0..{len(signs) - 1}", span)
        if axis in seen:
            fail(
                "E0202",
                f"the boundary of axis {axis} is given twice",
                span,
                labels=(Label(seen[axis], "first given here"),),
            )
        seen[axis] = span
        signs[axis] = -1 if node.kind.name == "antiperiodic" else 1


def check_borders(lattice: Lattice, boundaries: list[ast.BoundaryDecl], fields: dict[str, Field], sink: Sink) -> None:
    """E0501 for antiperiodic borders of fields that have no sign to change."""
    field = next((f for f in fields.values() if not (f.kind.flat or isinstance(f.kind, Sphere))), None)
    node = next((boundary for boundary in boundaries if boundary.kind.name == "antiperiodic"), None)
    if field is None or node is None or -1 not in lattice.boundary:
        return
    sink.error(
        "E0501",
        f"fields of kind `{field.kind}` need periodic boundaries",
        node.span,
        labels=(Label(field.span, "declared here"),),
        notes=("across an antiperiodic border real, complex and vector fields and unit vectors change sign",),
    )


def indexed(nodes: list[ast.FieldDecl], indices: dict[str, IndexRange], has_lattice: bool) -> dict[str, IndexRange]:
    """Fields that have an index instead of a site, and its range. Errors E0201, E0302, E0303, E0901."""
    found: dict[str, IndexRange] = {}
    with_index = any(node.indices for node in nodes)
    for node in nodes:
        if not node.indices:
            if with_index and not has_lattice:
                fail("E0302", f"`{node.name.name}` needs an index like the other fields", node.span)
            continue
        if has_lattice:
            helps = ("for components use `vector(n)`",)
            fail(
                "E0901",
                "fields with an index beside a lattice are not available in this version",
                node.span,
                helps=helps,
            )
        index = node.indices[0]
        if len(node.indices) > 1:
            fail("E0302", "a field has one index", node.indices[1].span)
        if index.name not in indices:
            fail(
                "E0201",
                f"unknown index `{index.name}`",
                index.span,
                helps=(f"declare it: `index {index.name} = 0..5`",),
            )
        found[node.name.name] = indices[index.name]
        if len({(bounds.low, bounds.high) for bounds in found.values()}) > 1:
            fail("E0303", "all fields of a theory have indices of one range", index.span)
    return found


def field(node: ast.FieldDecl, parameters: dict[str, Parameter], indexed: dict[str, IndexRange] | None = None) -> Field:
    """A field of a kind that it can have. Errors E0301, E0302."""
    kind = _kind(node.kind, parameters)
    if node.indices and kind.on_links:
        helps = (f"without a lattice it is a matrix for each value, `{str(kind).removeprefix('link ')}`",)
        fail("E0302", "links join sites of a lattice, and an index has none", node.kind.span, helps=helps)
    bounds = (indexed or {}).get(node.name.name)
    return Field(node.name.name, kind, node.span, None if bounds is None else bounds.low)


def _group(family: str, n: int, link: bool, node: ast.KindExpr) -> Group:
    smallest = 1 if family == "U" else 2
    if not smallest <= n <= LARGEST_GROUP:
        fail("E0303", f"{family}(n) has n = {smallest}..{LARGEST_GROUP}, got {n}", node.span)
    return Group(family, n, link)


def _kind(node: ast.KindExpr, parameters: dict[str, Parameter]) -> Kind:
    words = tuple(word.name for word in node.words)
    if is_box(node):
        return box(node, parameters)
    arguments = [integer(argument, parameters, "a dimension") for argument in node.arguments]
    sized = {"vector": Vector, "sphere": Sphere}
    if words in (("real",), ("complex",), ("angle",)) and not arguments:
        return {"real": Real, "complex": Complex, "angle": Angle}[words[0]]()
    if words == ("real",) and len(arguments) == 1:
        words = ("vector",)
    if len(words) == 1 and words[0] in sized and len(arguments) == 1:
        smallest = 2 if words[0] == "sphere" else 1
        if not smallest <= arguments[0] <= LARGEST_VECTOR:
            message = f"`{words[0]}(n)` has n = {smallest}..{LARGEST_VECTOR}, got {arguments[0]}"
            fail("E0303", message, node.span)
        return sized[words[0]](arguments[0])
    if words[-1] in ("U", "SU") and words[:-1] in ((), ("link",)) and len(arguments) == 1:
        return _group(words[-1], arguments[0], len(words) == 2, node)
    known = ("real", "complex", "vector", "angle", "sphere", "box", "U", "SU", "link")
    if words[0] in known:
        fail(
            "E0302",
            f"`{' '.join(words)}` does not take {len(arguments)} argument(s)",
            node.span,
            helps=("for example `vector(3)`, `link SU(3)`",),
        )
    close = suggest(words[0], known)
    fail(
        "E0301",
        f"unknown kind `{' '.join(words)}`",
        node.span,
        helps=(f"did you mean `{close}`?",)
        if close
        else ("kinds are real, complex, vector(n), angle, box(a, b), sphere(n), U(1), SU(n), link U(1), link SU(n)",),
    )

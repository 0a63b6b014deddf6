"""Symmetry claims: names of lattice symmetries, `O(phi)`, and maps of fields."""

from dataclasses import replace

from sympy import Expr, Symbol

from lqdsl.diagnostics import Label, suggest
from lqdsl.ir.kinds import Angle, Box, Complex, Group, Real, Sphere, Vector
from lqdsl.ir.nodes import FieldAt, Shifted
from lqdsl.ir.theory import Field, FieldMap, Symmetry
from lqdsl.semantics.errors import fail
from lqdsl.semantics.fields import field_value, is_link
from lqdsl.semantics.lower import lower
from lqdsl.semantics.scope import Scope
from lqdsl.semantics.values import PointValue, Scalar, Value, VectorValue, describe
from lqdsl.syntax import ast
from lqdsl.syntax.walk import walk

LATTICE_SYMMETRIES = ("translations", "rotations", "reflections", "permutations")
MULTIPLICATIONS = ("left", "right", "chiral")
"""U -> V U, U -> U W, both."""
OF_FIELDS = (
    "O(phi)",
    "gauge(U)",
    *(f"{name}(U)" for name in MULTIPLICATIONS),
    *(f"{name}(r)" for name in LATTICE_SYMMETRIES),
)
_HERE = Symbol("x", integer=True)


def symmetry(node: ast.SymmetryDecl, scope: Scope) -> tuple[Symmetry, ...]:
    """The claims of one declaration. Errors E0403, E0202 and those of expressions."""
    if node.name is None:
        return tuple(_claim(claim, scope) for claim in node.claims)
    for field_map in node.maps:
        _known_field(field_map.field, scope)
    angle = _free_angle(node, scope)
    if angle is not None:
        scope = scope.bind(angle.name, Scalar(angle))
    seen: dict[str, ast.Name] = {}
    maps = []
    for field_map in node.maps:
        name = field_map.field.name
        if name in seen:
            fail(
                "E0202",
                f"`{name}` is mapped twice",
                field_map.field.span,
                labels=(Label(seen[name].span, "first mapped here"),),
            )
        seen[name] = field_map.field
        maps.append(_map(field_map, scope))
    return (Symmetry(node.name.name, "map", tuple(maps), node.span, angle),)


def _claim(claim: ast.Claim, scope: Scope) -> Symmetry:
    name = claim.name.name
    if name == "permutations" and claim.arguments:
        return _exchange(claim, scope)
    if name in LATTICE_SYMMETRIES:
        if claim.arguments:
            return _of_box(claim, scope)
        return Symmetry(name, name, (), claim.span)
    if name == "O":
        return _orthogonal(claim, scope)
    if name == "gauge":
        return _gauge(claim, scope)
    if name in MULTIPLICATIONS:
        return _multiplication(claim, name, scope)
    close = suggest(name, (*LATTICE_SYMMETRIES, "O", "gauge", *MULTIPLICATIONS))
    fail(
        "E0403",
        f"unknown symmetry `{name}`",
        claim.span,
        notes=(f"known are {', '.join(LATTICE_SYMMETRIES)}, {', '.join(OF_FIELDS)}",),
        helps=(f"did you mean `{close}`?",)
        if close
        else (f"a map of the fields is written `symmetry {name} : phi -> -phi`",),
    )


def _exchange(claim: ast.Claim, scope: Scope) -> Symmetry:
    """`permutations(r)`: the values of the index of r, together with that of the other fields named."""
    names = []
    for argument in claim.arguments:
        if not (isinstance(argument, ast.Name) and argument.name in scope.fields and scope.lattice.is_index):
            helps = ("for example `symmetry permutations(r)` of `field r[p] : vector(2)`",)
            fail("E0302", "permutations(...) takes fields with an index", argument.span, helps=helps)
        names.append(argument.name)
    return Symmetry(f"permutations({', '.join(names)})", "exchange", (), claim.span, fields=tuple(names))


def _of_box(claim: ast.Claim, scope: Scope) -> Symmetry:
    """`translations(r)`, `reflections(r)`, `rotations(r)`: of the box in which the points r lie, together with other fields."""
    name, fields = claim.name.name, []
    for argument in claim.arguments:
        if isinstance(argument, ast.Name):
            _known_field(argument, scope)
        field = scope.fields[argument.name] if isinstance(argument, ast.Name) else None
        if field is None or not isinstance(field.kind, Box) or name == "permutations":
            helps = () if scope.lattice.is_index else (f"write `{name}` for those of the lattice",)
            fail("E0302", f"`{name}` takes no arguments but points of a box", argument.span, helps=helps)
        fields.append(field.name)
    if len({scope.fields[field_name].kind for field_name in fields}) > 1:
        fail("E0301", f"`{name}` takes points of one box", claim.span)
    return Symmetry(f"{name}({', '.join(fields)})", f"box {name}", (), claim.span, fields=tuple(fields))


def _multiplication(claim: ast.Claim, name: str, scope: Scope) -> Symmetry:
    for argument in claim.arguments:
        if isinstance(argument, ast.Name):
            _known_field(argument, scope)
    match claim.arguments:
        case (ast.Name(name=field),) if field in scope.fields and isinstance(scope.fields[field].kind, Group):
            if not scope.fields[field].kind.on_links:
                return Symmetry(f"{name}({field})", name, (), claim.span, fields=(field,))
    helps = ("declare one: `field U : SU(2)`",)
    fail("E0302", f"`{name}` takes a field of group elements at sites", claim.span, helps=helps)


def _gauge(claim: ast.Claim, scope: Scope) -> Symmetry:
    """`gauge(U)`, or `gauge(U, V)` of links of one group that all transform by the same Omega."""
    links = [name for name, field in scope.fields.items() if is_link(field)]
    helps = (f"for example `symmetry gauge({links[0]})`",) if links else ("declare one: `field U : link SU(3)`",)
    names: list[str] = []
    for argument in claim.arguments:
        if not (isinstance(argument, ast.Name) and argument.name in links and argument.name not in names):
            fail("E0302", "`gauge` takes fields of links, each once", argument.span, helps=helps)
        names.append(argument.name)
    if not names:
        fail("E0302", "`gauge` takes fields of links", claim.span, helps=helps)
    if len({scope.fields[name].kind for name in names}) > 1:
        fail("E0301", "fields that one gauge transformation moves have links of the same group", claim.span)
    return Symmetry(f"gauge({', '.join(names)})", "gauge", (), claim.span, fields=tuple(names))


def _orthogonal(claim: ast.Claim, scope: Scope) -> Symmetry:
    names = []
    for argument in claim.arguments:
        if not isinstance(argument, ast.Name) or argument.name not in scope.fields:
            fail("E0302", "O(...) takes fields", argument.span, helps=("for example `symmetry O(phi)`",))
        names.append(argument.name)
    fields = [scope.fields[name] for name in names]
    other = next((field for field in fields if not isinstance(field.kind, Vector | Complex | Sphere)), None)
    if other is not None:
        helps = {
            Real: (f"for a real field write `symmetry Z2 : {other.name} -> -{other.name}`",),
            Angle: (f"for an angle write `symmetry turn : {other.name} -> {other.name} + alpha`",),
            Box: (f"a box has `rotations({other.name})` by right angles and `reflections({other.name})`",),
        }.get(type(other.kind), ())
        fail("E0301", f"O(...) takes vector fields, `{other.name}` is {other.kind}", claim.span, helps=helps)
    if len({field.kind.components for field in fields}) != 1:
        listed = ", ".join(f"`{field.name}` has {field.kind.components}" for field in fields)
        fail("E0301", "O(...) takes vector fields of one length", claim.span, notes=(listed,) if fields else ())
    return Symmetry(f"O({', '.join(names)})", "internal", (), claim.span, fields=tuple(names))


def _free_angle(node: ast.SymmetryDecl, scope: Scope) -> Symbol | None:
    """The one name in the images that nothing declares: the angle of a continuous symmetry."""
    known = set(scope.names()) | {"i"}
    free: dict[str, ast.Name] = {}
    for field_map in node.maps:
        for name in _names(field_map.image):
            if name.name not in known and name.name not in ("exp", "conj", "re", "im", "cos", "sin"):
                free[name.name] = name
    if len(free) > 1:
        first, second, *_ = free.values()
        fail(
            "E0201", f"two free names, `{first.name}` and `{second.name}`: a map has one angle at the most", second.span
        )
    for name in free.values():
        close = suggest(name.name, tuple(known))
        if close and close not in ("i", "e") and len(name.name) > 2:
            fail("E0201", f"unknown name `{name.name}`", name.span, helps=(f"did you mean `{close}`?",))
        return Symbol(name.name, real=True)
    return None


def _names(node: ast.Expr) -> tuple[ast.Name, ...]:
    """Names in an image, those of functions left out."""
    nodes = list(walk(node))
    functions = {id(child.function) for child in nodes if isinstance(child, ast.Call)}
    return tuple(child for child in nodes if isinstance(child, ast.Name) and id(child) not in functions)


def _known_field(name: ast.Name, scope: Scope) -> None:
    if name.name not in scope.fields:
        close = suggest(name.name, tuple(scope.fields))
        fail("E0201", f"unknown field `{name.name}`", name.span, helps=(f"did you mean `{close}`?",) if close else ())


def _map(node: ast.FieldMap, scope: Scope) -> FieldMap:
    name = node.field.name
    field = scope.fields[name]
    if isinstance(field.kind, Group):
        return _link_map(node, field)
    here = replace(
        scope,
        bound=scope.bound
        | {f.name: field_value(f, _HERE) for f in scope.fields.values() if not isinstance(f.kind, Group)},
    )
    value = lower(node.image, here)
    images = _components(value, field.kind.components, node)
    zero = (0,) * scope.lattice.ndim
    return FieldMap(name, tuple(_at_zero(image, zero) for image in images))


def _link_map(node: ast.FieldMap, field: Field) -> FieldMap:
    """conj(U), -U where -1 is in the group, and adj(U) of matrices at sites and for U(1), where it is conj(U)."""
    image, negated = node.image, False
    while isinstance(image, ast.Unary):
        negated, image = negated ^ (image.op == "-"), image.operand
    group = field.kind
    assert isinstance(group, Group)
    if negated and group.family == "SU" and group.n % 2:
        fail("E0403", f"-{field.name} is not in {group.family}({group.n})", node.image.span)
    match image:
        case ast.Name(name=field.name):
            return FieldMap(field.name, negated=negated)
        case ast.Call(function=ast.Name(name="conj" | "adj" as word), arguments=(argument,)):
            inside = argument.value
            if isinstance(inside, ast.Name) and inside.name == field.name:
                if word == "conj" or group.abelian:
                    return FieldMap(field.name, conjugated=True, negated=negated)
                if not group.link:
                    return FieldMap(field.name, negated=negated, adjoint=True)
    name = field.name
    images = ("conj(", "-") if group.link else ("conj(", "adj(", "-")
    known = [f"`{name} -> {image}{name}{')' if image != '-' else ''}`" for image in images]
    helps = (f"known are {', '.join(known[:-1])} and {known[-1]}",)
    what = "links" if group.link else "matrices"
    fail("E0403", f"this map of the {what} `{name}` is not known", node.image.span, helps=helps)


def _components(value: Value, count: int, node: ast.FieldMap) -> tuple[Expr, ...]:
    parts = value.components if isinstance(value, VectorValue | PointValue) else ()
    if len(parts) == count and all(part.is_real for part in parts):
        return tuple(part.re for part in parts)
    if isinstance(value, Scalar) and count == 2:
        return (value.re, value.im)
    if isinstance(value, Scalar) and count == 1 and value.is_real:
        return (value.re,)
    fail("E0301", f"the image of `{node.field.name}` is {describe(value)}", node.image.span)


def _at_zero(image: Expr, zero: tuple[int, ...]) -> Expr:
    return image.xreplace({atom: Shifted(atom.field, atom.component, zero) for atom in image.atoms(FieldAt)})

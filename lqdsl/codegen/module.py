"""The generated module of a compiled theory: views for the templates, then text."""

import ast as python_ast

import jinja2
from sympy import Add, Expr, Integer

from lqdsl.codegen import blocks, pairs, staples
from lqdsl.codegen.data import data_tables
from lqdsl.codegen.function import ROOM, Body, lay_out, lay_out_call, lay_out_list, tidy
from lqdsl.codegen.names import Glossary, Names
from lqdsl.codegen.rows import row_tables, tables
from lqdsl.codegen.views import BlockView, EntryView, FunctionView, ModuleView
from lqdsl.diagnostics import InternalError, Span
from lqdsl.ir.compiled import Compiled, LinkActions, RowForce, Staple
from lqdsl.ir.kinds import Group, Kind
from lqdsl.ir.nodes import Analysis, Pinned, SiteSum
from lqdsl.ir.rows import AT_INDEX, Rowed, Rows, RowSum
from lqdsl.ir.theory import Correlator, Field, Observable
from lqdsl.resources import resource_dir

ABI = 1
_SIGNATURE = "fields: Fields, parameters: Parameters"


def generate(compiled: Compiled, dtype: str, version: str) -> str:
    """Python source of the module: the same bytes for the same theory, dtype and version."""
    view = _Builder(compiled, dtype, version).view()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource_dir("templates")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    text = environment.get_template("module.py.j2").render(module=view)
    try:
        python_ast.parse(text)
    except SyntaxError as error:
        raise InternalError(f"the generated module is not valid Python: {error}") from error
    return text


class _Builder:
    def __init__(self, compiled: Compiled, dtype: str, version: str) -> None:
        self.compiled, self.theory = compiled, compiled.theory
        self.dtype, self.version = dtype, version
        names = Names()
        self.attributes = Names()
        self.glossary = Glossary(
            self.theory,
            {field.name: self.attributes.new(field.name) for field in self.theory.fields},
            {parameter.name: self.attributes.new(parameter.name) for parameter in self.theory.run_time_parameters},
            names,
            tables(compiled),
        )
        self.file = self.theory.source.name.replace("\\", "/").rsplit("/", 1)[-1]

    def view(self) -> ModuleView:
        functions = [*self._action(), self._action_terms(), self._force(), *self._staples(), *self._site_actions()]
        functions += pairs.functions(self.compiled, self.glossary, self._comments())
        functions.append(self._observables())
        derived = self._derived()
        used = " ".join(line for f in (*functions, *derived) for line in f.lines)
        return ModuleView(
            title=self._title(),
            needs_jnp="jnp." in used,
            abi=ABI,
            dtype=self.dtype,
            parameters=self._parameters(),
            lattice=self._lattice(),
            data=BlockView("", data_tables(self.theory, self._line)),
            rows=BlockView("", row_tables(self.glossary.rows, self.theory.lattice, self.compiled)),
            fields=self._fields(),
            kinds=", ".join(
                f"{self.glossary.fields[f.name]}={f.kind.constructor(self.theory.lattice.ndim)}"
                for f in self.theory.fields
            ),
            symmetries=self._symmetries(),
            functions=tuple(functions),
            observable_kinds=self._observable_kinds(),
            derived=tuple(derived),
            derived_table=BlockView(
                "", self._table("DERIVED", {d.name: f.name for d, f in zip(self.theory.derived, derived, strict=True)})
            ),
            flow=BlockView(self._place(self.theory.flow), tuple(blocks.flow(self.compiled, self.glossary.fields))),
            train=BlockView(self._place(self.theory.train), tuple(blocks.train(self.theory, self.glossary.parameters))),
            samplers=BlockView(self._sampler_places(), tuple(blocks.samplers(self.compiled, self.glossary.fields))),
            model=BlockView("", self._model()),
        )

    # ------------------------------------------------------------ declarations

    def _line(self, span: Span) -> str:
        return f"{self.file}:{self.theory.line(span)}"

    def _place(self, node) -> str:  # type: ignore[no-untyped-def]
        return self._line(node.span) if node is not None else "by default"

    def _sampler_places(self) -> str:
        return self._line(self.theory.samplers[0].span) if self.theory.samplers else "by default"

    def _title(self) -> tuple[str, ...]:
        theory = self.theory
        size = " x ".join(str(extent) for extent in theory.lattice.extents)
        if theory.lattice.is_index:
            return (
                f"{theory.name}: fields over {size} values of an index, in the order of {self.file}.",
                f"Written by lqdsl {self.version}: change {self.file} and compile it again.",
            )
        boundary = "periodic" if set(theory.lattice.boundary) == {1} else "partly antiperiodic"
        if set(theory.lattice.boundary) == {-1}:
            boundary = "antiperiodic"
        return (
            f"{theory.name} on a {boundary} lattice of {size} sites, in the order of {self.file}.",
            f"Written by lqdsl {self.version}: change {self.file} and compile it again.",
        )

    def _parameters(self) -> tuple[EntryView, ...]:
        return tuple(
            EntryView(
                self.glossary.parameters[p.name],
                f"{'tuple[float, ...]' if p.is_table else 'float'} = {blocks.literal(p.value)}",
                self._line(p.span),
            )
            for p in self.theory.run_time_parameters
        )

    def _lattice(self) -> BlockView:
        lattice = self.theory.lattice
        extents, boundary = blocks.literal(lattice.extents), blocks.literal(lattice.boundary)
        line = f"LATTICE = rt.Lattice(extents={extents}, boundary={boundary})"
        return BlockView(self._line(lattice.span), (line,))

    def _fields(self) -> tuple[EntryView, ...]:
        axes = ", ".join(f"x{axis}" for axis in range(self.theory.lattice.ndim))
        rows = []
        for field in self.theory.fields:
            first = "mu, " if isinstance(field.kind, Group) else ""
            layout = f"[{first}component, {axes}, ...]" if field.kind.has_component_axis else f"[{first}{axes}, ...]"
            rows.append(
                EntryView(
                    self.glossary.fields[field.name],
                    "jax.Array",
                    f"{self._line(field.span)}  {_kind_words(field.kind)} {layout}",
                )
            )
        return tuple(rows)

    def _symmetries(self) -> tuple[str, ...]:
        return tuple(f"{proof.name}{'' if proof.declared else ' (found)'}" for proof in self.compiled.proofs)

    # ------------------------------------------------------------ functions

    def _comments(self) -> tuple[str, ...]:
        lines = [self.theory.line(term.span) for term in self.theory.action] or [
            self.theory.line(self.theory.action_span)
        ]
        first, last = min(lines), max(lines)
        return (f"{self.file}:{first}" if first == last else f"{self.file}:{first}-{last}",)

    def _action(self) -> list[FunctionView]:
        action = self.compiled.action
        if action.density is None:
            doc = ("S[fields]; the weight is exp(-S).", "Shape: [...batch].")
            whole = action.formula if action.total.has(*AT_INDEX) else action.total
            return [self._function("action", whole, doc, "action")]
        doc = ("a(x) with S = sum_x a(x).", "Shape: [x..., ...batch].")
        density = self._function("action_density", action.density, doc, "action")
        total = FunctionView(
            "action",
            _SIGNATURE + ") -> jax.Array",
            "",
            self._comments(),
            ("S[fields]; the weight is exp(-S).", "Shape: [...batch]."),
            ("return LATTICE.sum(action_density(fields, parameters))",),
        )
        return [density, total]

    def _action_terms(self) -> FunctionView:
        """The summands as typed, by line and column, to find the term in which a number is lost."""
        terms = self.compiled.action.terms
        body = Body(self.glossary)
        body.bind([term.expression for term in terms])
        body.share([Add(*expressions) for expressions in self._terms_by_place().values()])
        body.lines.append("return {")
        for key, expressions in self._terms_by_place().items():
            inner = lay_out(tidy(Add(*expressions)), f"{blocks.literal(key)}: ", ",", body.printer)
            body.lines += [f"    {line}" for line in inner]
        body.lines.append("}")
        doc = ("The terms of S by line and column of the file.", "Shapes: [...batch].")
        signature = _SIGNATURE + ") -> dict[str, jax.Array]"
        return FunctionView("action_terms", signature, "", self._comments(), doc, tuple(body.lines))

    def _terms_by_place(self) -> dict[str, list[Expr]]:
        places: dict[str, list[Expr]] = {}
        for term in self.compiled.action.terms:
            line, column = self.theory.source.location(term.span.start)
            places.setdefault(f"{self.file}:{line}:{column}", []).append(term.expression)
        return places

    def _function(self, name: str, expression: Expr, doc: tuple[str, ...], scope: str) -> FunctionView:
        body = Body(self.glossary)
        body.bind([expression])
        body.share([expression])
        body.result(expression, "return ")
        return FunctionView(name, _SIGNATURE + ") -> jax.Array", scope, self._comments(), doc, tuple(body.lines))

    def _force(self) -> FunctionView:
        forces, links = self.compiled.forces, self.compiled.links
        expressions = [e for components in forces.values() for e in components]
        expressions += [e for places in self.compiled.pinned_forces.values() for e in places.values()]
        expressions += [part.slope for parts in self.compiled.row_forces.values() for part in parts]
        matrices = [f.name for f in self.theory.fields if f.name in links and not forces[f.name]]
        terms = [term for name in matrices for staple in links[name].staples for term in staple.terms]
        expressions += [part for term in terms for part in (term.real, term.imaginary)]
        body = Body(self.glossary)
        body.bind(expressions, [term.word for term in terms])
        body.name_sums(_shared_sums(expressions))
        body.share(expressions)
        results = [f"{self.glossary.fields[f.name]}={self._field_force(f, body)}" for f in self.theory.fields]
        body.lines += lay_out_call("return Fields(", results, ")", ROOM)
        doc = ("F = -dS/dfields, derived from the action.", "Shapes as in `Fields`.")
        if links:
            doc = (doc[0], "Shapes as in `Fields`, for links that of the momenta in the algebra.")
        return FunctionView("force", _SIGNATURE + ") -> Fields", "force", self._comments(), doc, tuple(body.lines))

    def _field_force(self, field: Field, body: Body) -> str:
        """Lines for the force on one field; returns the text of its array."""
        python, kind = self.glossary.fields[field.name], field.kind
        if not self.compiled.forces[field.name]:
            return self._matrix_force(field, body)
        parts = []
        stacked = kind.has_component_axis or isinstance(kind, Group)
        directions = len(field.axes(self.theory.lattice.ndim))
        suffixes = tuple(map(str, range(directions))) if isinstance(kind, Group) else kind.suffixes
        pinned = self.compiled.pinned_forces[field.name]
        for c, expression in enumerate(self.compiled.forces[field.name]):
            local = body.local(f"force_{python}" + (f"_{suffixes[c]}" if stacked else ""))
            array = f"fields.{python}" + (f"[{c}]" if stacked else "")
            at = {site: value for (component, site), value in pinned.items() if component == c}
            rows = tuple(part for part in self.compiled.row_forces[field.name] if part.component == c)
            if self.theory.lattice.is_index:
                self._stacked_force(local, array, at, rows, body)
            else:
                body.broadcast(expression, f"{local} = ", array)
                for site, value in at.items():
                    body.result(value, f"{local} = {local}.at[{', '.join(map(str, site))}].add(", ")")
            parts.append(local)
        return f"jnp.stack([{', '.join(parts)}])" if stacked else parts[0]

    def _stacked_force(
        self, local: str, array: str, at: dict[tuple[int, ...], Expr], rows: tuple[RowForce, ...], body: Body
    ) -> None:
        """The force on each value of the index: what its own terms give, and what the rows that name it give."""
        parts = [self._row_force(local, array, table, rows, body) for table in _tables_of(rows)]
        if not parts:
            self._own_force(local, array, at, body)
            return
        body.sum_of(parts, f"{local} = ")
        for site, value in at.items():
            own = body.local(f"{local}_at_{site[0]}")
            body.result(value, f"{own} = ")
            body.lines.append(f"{local} = {local}.at[{site[0]}].add({own})")

    def _row_force(self, local: str, array: str, table: Rows, rows: tuple[RowForce, ...], body: Body) -> str:
        number = self.glossary.rows.index(table)
        slots = {part.slot: part.slope for part in rows if part.rows == table}
        names = []
        for slot, name in enumerate(table.names):
            if slot not in slots:
                names.append("None")
                continue
            names.append(body.local(f"{local}_{name}"))
            body.result(slots[slot], f"{names[-1]} = ")
        return f"ROWS[{number}].collect({', '.join([array, *names])})"

    def _own_force(self, local: str, array: str, at: dict[tuple[int, ...], Expr], body: Body) -> None:
        names = []
        for site in range(self.theory.lattice.volume):
            if (site,) not in at:
                names.append(f"jnp.zeros_like({array}[{site}])")
                continue
            names.append(body.local(f"{local}_at_{site}"))
            constant = not at[site,].atoms(Pinned, Rowed)
            start, end = ("jnp.broadcast_to(", f", {array}[{site}].shape)") if constant else ("", "")
            body.result(at[site,], f"{names[-1]} = {start}", end)
        body.lines += lay_out_list(f"{local} = jnp.stack(", names, ")", ROOM)

    def _matrix_force(self, field: Field, body: Body) -> str:
        python, names = self.glossary.fields[field.name], []
        for axis, staple in enumerate(self.compiled.links[field.name].staples):
            names.append(body.local(f"staple_{axis}"))
            staples.assign(body, staple, f"{names[-1]} = ")
        listed = f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"
        return f"rt.link_forces(KINDS.{python}.links(fields.{python}), {listed})"

    def _staples(self) -> list[FunctionView]:
        """V of each direction where S = Re tr(U V) + rest, and the part of S that a link meets."""
        views = []
        for field in self.theory.fields:
            known = self.compiled.links.get(field.name)
            for axis in range(len(known.staples)) if known else ():
                assert known is not None
                if known.linear:
                    views.append(self._staple(field, axis, known.staples[axis]))
                if known.local:
                    views.append(self._link_action(field, axis, known))
        return views

    def _staple(self, field: Field, axis: int, staple: Staple) -> FunctionView:
        name = f"staple_{self.glossary.fields[field.name]}_{axis}"
        body = Body(self.glossary)
        staples.bind(body, (staple,))
        staples.assign(body, staple, "return ")
        doc = (
            f"V with S = Re tr({_element(field, axis)} V(x)) + what does not depend on it.",
            "Parts [x..., ...batch].",
        )
        return FunctionView(name, _SIGNATURE + ") -> rt.Matrix", name, self._comments(), doc, tuple(body.lines))

    def _link_action(self, field: Field, axis: int, known: LinkActions) -> FunctionView:
        python = self.glossary.fields[field.name]
        name = f"link_action_{python}_{axis}"
        lines: tuple[str, ...] = (f"return (here @ staple_{python}_{axis}(fields, parameters)).re_tr()",)
        if not known.linear:
            body = Body(self.glossary)
            body.bind([known.local[axis]])
            body.share([known.local[axis]])
            body.result(known.local[axis], "return ")
            lines = tuple(body.lines)
        what = (
            f"The part of S that depends on {_element(field, axis)}, were it `here` and everything else as in `fields`."
        )
        signature = f"here: rt.Element, {_SIGNATURE}) -> jax.Array"
        return FunctionView(name, signature, name, self._comments(), (what, "Shape: [x..., ...batch]."), lines)

    def _site_actions(self) -> list[FunctionView]:
        views = []
        for field in self.theory.fields:
            if field.name not in self.compiled.site_actions:
                continue
            python = self.glossary.fields[field.name]
            expression = self.compiled.site_actions[field.name]
            body = Body(self.glossary, here=field.name)
            body.bind([expression])
            body.share([expression])
            body.result(expression, "return ")
            doc = (
                f"The part of S that depends on {field.name}(x), were it `here` and everything else as in `fields`.",
                "Shape: [x..., ...batch].",
            )
            signature = f"here: jax.Array, {_SIGNATURE}) -> jax.Array"
            views.append(
                FunctionView(
                    f"site_action_{python}",
                    signature,
                    f"site_action_{python}",
                    self._comments(),
                    doc,
                    tuple(body.lines),
                )
            )
        return views

    def _observables(self) -> FunctionView:
        observables = self.compiled.observables
        expressions: list[Expr] = []
        for observable in observables:
            expressions += observable.body.densities if isinstance(observable.body, Correlator) else [observable.body]
        body = Body(self.glossary)
        body.bind(expressions)
        body.share(expressions)
        entries = []
        for observable in observables:
            local = body.local(observable.name)
            body.lines.append(f"# {self._line(observable.span)}")
            if isinstance(observable.body, Correlator):
                parts = [self._correlator(part, observable.body, body) for part in observable.body.densities]
                body.sum_of(parts, f"{local} = ")
                entries.append((observable.name, local))
                for name, part in self._vacuum(observable):
                    value = body.local(name)
                    body.result(SiteSum(part) / Integer(self.theory.lattice.volume), f"{value} = ")
                    entries.append((name, value))
            else:
                body.result(observable.body, f"{local} = ")
                entries.append((observable.name, local))
        body.lines += ["return {"] + [f'    "{name}": {local},' for name, local in entries] + ["}"]
        doc = ("Observables of one configuration.", "Shapes: numbers [...batch], correlators [t, ...batch].")
        return FunctionView(
            "observables", _SIGNATURE + ") -> dict[str, jax.Array]", "observables", (), doc, tuple(body.lines)
        )

    def _correlator(self, density: Expr, correlator: Correlator, body: Body) -> str:
        border = ", boundary=-1" if correlator.sign < 0 else ""
        return f"rt.correlator(LATTICE, {body.printer.print(density)}, axis={correlator.axis}{border})"

    def _vacuum(self, observable: Observable) -> list[tuple[str, Expr]]:
        """Means of the operators of a correlator, to be subtracted unless a symmetry makes them vanish."""
        assert isinstance(observable.body, Correlator)
        kept = self.compiled.vacuum[observable.name]
        return [(f"{observable.name}_vev" + (str(n) if len(kept) > 1 else ""), d) for n, d in enumerate(kept)]

    def _observable_kinds(self) -> BlockView:
        rows = {}
        for observable in self.compiled.observables:
            if isinstance(observable.body, Correlator):
                axis = observable.body.axis
                vacuum = [name for name, _ in self._vacuum(observable)]
                extra = ", boundary=-1" if observable.body.sign < 0 else ""
                rows[observable.name] = f"rt.Correlator(axis={axis}, extent={self.theory.lattice.extents[axis]}{extra})"
                rows.update(dict.fromkeys(vacuum, "rt.Scalar()"))
            else:
                rows[observable.name] = "rt.Scalar()"
        return BlockView("", self._table("OBSERVABLES", rows))

    def _derived(self) -> list[FunctionView]:
        views = []
        names = self.attributes.copy()
        axes = range(self.theory.lattice.ndim)
        for name in self.glossary.fields.values():
            names.reserve(
                (
                    f"site_action_{name}",
                    f"pairs_{name}",
                    *(f"{kind}_{name}_{a}" for kind in ("staple", "link_action") for a in axes),
                )
            )
        for derived in self.theory.derived:
            body = Body(self.glossary)
            body.bind([derived.expression])
            body.define(self._estimators(derived.expression))
            body.result(derived.expression, "return ")
            doc = (f"{derived.name}, from expectation values: mean(name, power) is <name^power>.",)
            views.append(
                FunctionView(
                    names.new(derived.name),
                    "mean: rt.Mean, parameters: Parameters) -> rt.Number",
                    "",
                    (self._line(derived.span),),
                    doc,
                    tuple(body.lines),
                )
            )
        return views

    def _estimators(self, expression: Expr) -> dict[Expr, str]:
        """Calls of the analysis on connected correlators, <O O> - <O><O>."""
        lattice, texts = self.theory.lattice, {}
        correlators = {o.name: o for o in self.compiled.observables if isinstance(o.body, Correlator)}
        for node in sorted(expression.atoms(Analysis), key=str):
            observable = correlators[node.observable]
            assert isinstance(observable.body, Correlator)
            slice_volume = lattice.volume // lattice.extents[observable.body.axis]
            vacuum = "".join(f' - {slice_volume} * mean("{name}") ** 2' for name, _ in self._vacuum(observable))
            border = ", boundary=-1" if observable.body.sign < 0 and node.function == "pole_mass" else ""
            texts[node] = f'rt.{node.function}(mean("{observable.name}"){vacuum}{border})'
        return texts

    # ------------------------------------------------------------ tables

    def _table(self, name: str, rows: dict[str, str]) -> tuple[str, ...]:
        if not rows:
            return (f"{name} = {{}}",)
        return (f"{name} = {{", *(f'    "{key}": {value},' for key, value in rows.items()), "}")

    def _model(self) -> tuple[str, ...]:
        names = ", ".join(f'"{k}": "{v}"' for k, v in self.glossary.parameters.items())
        local = self.compiled.action.density is not None
        sites = ", ".join(
            f'"{v}": site_action_{v}' for k, v in self.glossary.fields.items() if k in self.compiled.site_actions
        )
        arguments = {
            "name": blocks.literal(self.theory.name),
            "source": blocks.literal(self.file),
            "dtype": blocks.literal(self.dtype),
            "lattice": "LATTICE",
            "kinds": "KINDS",
            "parameters": "Parameters()",
            "parameter_names": "{" + names + "}",
            "action": "action",
            "action_terms": "action_terms",
            "force": "force",
            "density": "action_density" if local else "None",
            "site_actions": "{" + sites + "}",
            **self._link_tables(),
            **pairs.tables(self.compiled, self.glossary),
            "observables": "observables",
            "observable_kinds": "OBSERVABLES",
            "derived": "DERIVED",
            "symmetries": blocks.literal(tuple(proof.name for proof in self.compiled.proofs)),
            "vanishing": blocks.literal(self.compiled.vanishing),
            **self._reweighted(),
            "flow": "FLOW",
            "train": "TRAIN",
            "samplers": "SAMPLERS",
        }
        return tuple(("MODEL = " + blocks.call("rt.Model", arguments)).split("\n"))

    def _reweighted(self) -> dict[str, str]:
        names = tuple(derived.name for derived in self.theory.derived if derived.reweighted)
        return {"reweighted": blocks.literal(names)} if names and self.compiled.couplings else {}

    def _link_tables(self) -> dict[str, str]:
        """Entries of the model that only theories with links have."""
        if not self.compiled.links:
            return {}
        tables: dict[str, list[str]] = {"staples": [], "link_actions": []}
        for name, known in self.compiled.links.items():
            python = self.glossary.fields[name]
            for table, prefix, present in (
                ("staples", "staple", known.linear),
                ("link_actions", "link_action", bool(known.local)),
            ):
                if present:
                    functions = [f"{prefix}_{python}_{axis}" for axis in range(len(known.staples))]
                    listed = ", ".join(functions) + "," * (len(functions) == 1)
                    tables[table].append(f'"{python}": ({listed})')
        return {table: "{" + ", ".join(rows) + "}" for table, rows in tables.items()}


def _shared_sums(expressions: list[Expr]) -> list[SiteSum | RowSum]:
    return sorted({node for e in expressions for node in e.atoms(SiteSum, RowSum)}, key=str)


def _tables_of(rows: tuple[RowForce, ...]) -> tuple[Rows, ...]:
    return tuple(dict.fromkeys(part.rows for part in rows))


def _element(field: Field, axis: int) -> str:
    """U[0](x), or U(x) at a site."""
    return f"{field.name}[{axis}](x)" if field.kind.on_links else f"{field.name}(x)"


def _kind_words(kind: Kind) -> str:
    return "complex as (re, im)" if str(kind) == "complex" else str(kind)

"""The generated module of a compiled theory: views for the templates, then text."""

import ast as python_ast

import jinja2

from lqdsl.codegen import blocks, declarations, derived, link_functions, observables, pairs
from lqdsl.codegen.action import action, action_terms, site_actions
from lqdsl.codegen.context import Context
from lqdsl.codegen.data import data_tables
from lqdsl.codegen.flow import flow
from lqdsl.codegen.force import force
from lqdsl.codegen.model import model
from lqdsl.codegen.rows import row_tables
from lqdsl.codegen.views import BlockView, FunctionView, ModuleView
from lqdsl.diagnostics import InternalError
from lqdsl.ir.compiled import Compiled
from lqdsl.ir.theory import Flow, Sampler, Train
from lqdsl.resources import resource_dir

ABI = 1


def generate(compiled: Compiled, dtype: str, version: str) -> str:
    """Python source of the module: the same bytes for the same theory, dtype and version."""
    view = _view(Context.of(compiled), dtype, version)
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


def _view(context: Context, dtype: str, version: str) -> ModuleView:
    functions, quantities = _functions(context), derived.functions(context)
    used = " ".join(line for function in (*functions, *quantities) for line in function.lines)
    rows = row_tables(context.glossary.rows, context.theory.lattice, context.compiled)
    return ModuleView(
        title=declarations.title(context, version),
        needs_jnp="jnp." in used,
        abi=ABI,
        dtype=dtype,
        parameters=declarations.parameters(context),
        lattice=declarations.lattice(context),
        data=BlockView("", data_tables(context.theory, context.line)),
        rows=BlockView("", rows),
        fields=declarations.fields(context),
        kinds=declarations.kinds(context),
        symmetries=declarations.symmetries(context),
        functions=tuple(functions),
        observable_kinds=observables.kinds(context),
        derived=tuple(quantities),
        derived_table=derived.derived_table(context, quantities),
        flow=_flow(context),
        train=_train(context),
        samplers=_samplers(context),
        model=model(context, dtype),
    )


def _functions(context: Context) -> list[FunctionView]:
    """Functions of one configuration, in the order of the module."""
    return [
        *action(context),
        action_terms(context),
        force(context),
        *link_functions.functions(context),
        *site_actions(context),
        *pairs.functions(context),
        observables.observables(context),
    ]


def _flow(context: Context) -> BlockView:
    lines = flow(context.compiled, context.glossary.fields)
    return BlockView(_place(context, context.theory.flow), tuple(lines))


def _train(context: Context) -> BlockView:
    lines = blocks.train(context.theory, context.glossary.parameters)
    return BlockView(_place(context, context.theory.train), tuple(lines))


def _samplers(context: Context) -> BlockView:
    first = next(iter(context.theory.samplers), None)
    return BlockView(_place(context, first), tuple(blocks.samplers(context.compiled, context.glossary.fields)))


def _place(context: Context, node: Flow | Train | Sampler | None) -> str:
    return context.line(node.span) if node is not None else "by default"

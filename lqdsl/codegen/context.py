"""What every part of the generated module is made from: the proofs, the names, the places in the file."""

from dataclasses import dataclass
from functools import cached_property

from lqdsl.codegen.names import Glossary, Names
from lqdsl.codegen.rows import tables
from lqdsl.diagnostics import Span
from lqdsl.ir.compiled import Compiled
from lqdsl.ir.theory import Theory

SIGNATURE = "fields: Fields, parameters: Parameters"
"""Arguments of the functions of one configuration."""


@dataclass(frozen=True)
class Context:
    """One compiled theory with the Python names of its fields and parameters; `attributes` are those that are taken."""

    compiled: Compiled
    glossary: Glossary
    attributes: Names

    @classmethod
    def of(cls, compiled: Compiled) -> "Context":
        """The context of a theory, every name given out."""
        theory, attributes = compiled.theory, Names()
        fields = {field.name: attributes.new(field.name) for field in theory.fields}
        parameters = {parameter.name: attributes.new(parameter.name) for parameter in theory.run_time_parameters}
        return cls(compiled, Glossary(theory, fields, parameters, Names(), tables(compiled)), attributes)

    @property
    def theory(self) -> Theory:
        return self.compiled.theory

    @cached_property
    def file(self) -> str:
        """The name of the file without its folder."""
        return self.theory.source.name.replace("\\", "/").rsplit("/", 1)[-1]

    @cached_property
    def comments(self) -> tuple[str, ...]:
        """The lines of the action in the file."""
        lines = [self.theory.line(term.span) for term in self.theory.action] or [
            self.theory.line(self.theory.action_span)
        ]
        first, last = min(lines), max(lines)
        return (f"{self.file}:{first}" if first == last else f"{self.file}:{first}-{last}",)

    def line(self, span: Span) -> str:
        """`phi4.lqt:14`."""
        return f"{self.file}:{self.theory.line(span)}"

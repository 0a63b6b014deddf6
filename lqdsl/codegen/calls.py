"""Constructor calls of the runtime as Python text."""

from lqdsl.diagnostics import InternalError
from lqdsl.ir.theory import Choice

WIDTH = 119
"""Of a line before the comma that ends it."""
CLASSES = {
    "normal": "rt.Normal",
    "free": "rt.FreeField",
    "haar": "rt.Haar",
    "uniform": "rt.Uniform",
    "affine": "rt.Affine",
    "spline": "rt.Spline",
    "ncp": "rt.NCP",
    "moebius": "rt.Moebius",
    "mix": "rt.Mix",
    "spectral": "rt.Spectral",
    "recursive": "rt.Recursive",
    "radial": "rt.Radial",
    "axial": "rt.Axial",
    "cnn": "rt.CNN",
    "mlp": "rt.MLP",
    "adam": "rt.Adam",
    "flow_mh": "rt.FlowMetropolis",
    "hmc": "rt.HMC",
    "heatbath": "rt.Heatbath",
    "metropolis": "rt.LocalMetropolis",
    "overrelaxation": "rt.Overrelaxation",
    "tempering": "rt.Tempering",
    "wolff": "rt.Wolff",
}
UPDATES = {"hmc": "rt.Trajectories", "metropolis": "rt.Sweeps"}
"""What moves the replicas of tempering."""
CIRCLE = {**CLASSES, "spline": "rt.CircularSpline"}
"""CLASSES for fields of angles."""
Arguments = dict[str, str]


def literal(value: object) -> str:
    """Python text of an option value."""
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        inside = ", ".join(literal(item) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    raise InternalError(f"no Python text for {value!r}")


def call(name: str, arguments: Arguments, indent: int = 0, before: int = 0) -> str:
    """`name(key=value, ...)` on one line, or an argument a line where that is too long; `indent` is that of the last line."""
    line = f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"
    if indent + before + len(line) <= WIDTH and "\n" not in line:
        return line
    inner = " " * (indent + 4)
    body = "".join(f"{inner}{key}={value},\n" for key, value in arguments.items())
    return f"{name}(\n{body}{' ' * indent})"


def wrapped(name: str, argument: str, indent: int = 0, before: int = 0) -> str:
    """`name(argument)`, the argument on lines of its own where it has several, or is too long behind the name."""
    line = f"{name}({argument})"
    if indent + before + len(line) <= WIDTH and "\n" not in line:
        return line
    return f"{name}(\n{' ' * (indent + 4)}{argument}\n{' ' * indent})"


def call_of(name: str, arguments: list[str], indent: int = 0) -> str:
    """`name(value, ...)` on one line, all values on a line of their own, or a value a line; as `call` lays them out."""
    line = f"{name}({', '.join(arguments)})"
    if indent + len(line) <= WIDTH:
        return line
    inner = ", ".join(arguments)
    if indent + 4 + len(inner) <= WIDTH + 1:
        return f"{name}(\n{' ' * (indent + 4)}{inner}\n{' ' * indent})"
    return f"{name}(\n" + "".join(f"{' ' * (indent + 4)}{text},\n" for text in arguments) + " " * indent + ")"


def listed(texts: tuple[str, ...], indent: int = 0, before: int = 0) -> str:
    """A tuple of these texts on one line, or one a line where that is too long; as `call` lays out arguments."""
    line = f"({', '.join(texts)}{',' * (len(texts) == 1)})"
    if indent + before + len(line) <= WIDTH and "\n" not in line:
        return line
    return "(\n" + "".join(f"{' ' * (indent + 4)}{text},\n" for text in texts) + " " * indent + ")"


def mapping(entries: dict[str, str], indent: int = 0, before: int = 0) -> str:
    """A dictionary of these texts on one line, or an entry a line where that is too long; as `call` lays out arguments."""
    items = [f"{literal(key)}: {value}" for key, value in entries.items()]
    line = "{" + ", ".join(items) + "}"
    if indent + before + len(line) <= WIDTH and "\n" not in line:
        return line
    return "{\n" + "".join(f"{' ' * (indent + 4)}{item},\n" for item in items) + " " * indent + "}"


def arguments_of(choice: Choice, skip: tuple[str, ...] = ()) -> Arguments:
    """The options that the file gives, but for those of `skip`."""
    return {option.name: literal(option.value) for option in choice.options if option.name not in skip}

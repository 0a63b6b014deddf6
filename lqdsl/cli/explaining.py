"""`lqdsl explain`."""

import json

import click

from lqdsl.cli import options
from lqdsl.cli.output import write_result


@click.command("explain")
@click.argument("code", required=False)
@options.output_format
def explain_command(code: str | None, output_format: str) -> None:
    """Explain the error CODE, for example E0401; without one, list all codes."""
    from lqdsl.driver import CODES, suggest

    if code is None:
        rows = list(CODES.values())
    else:
        wanted = code.strip().strip("[]").upper()
        if wanted not in CODES:
            close = suggest(wanted, CODES)
            more = f"did you mean {close}?" if close else "`lqdsl explain` lists them"
            raise click.UsageError(f"no error code {code!r}; {more}")
        rows = [CODES[wanted]]
    if output_format == "json":
        data = [{"code": row.code, "title": row.title, "explanation": row.explanation} for row in rows]
        write_result(json.dumps(data if code is None else data[0], indent=2, ensure_ascii=False) + "\n")
    elif code is None:
        write_result("".join(f"{row.code}  {row.title}\n" for row in rows))
    else:
        write_result(f"{rows[0].code}: {rows[0].title}\n\n{rows[0].explanation}\n")

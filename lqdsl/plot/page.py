"""One page with everything: the table of results and all pictures inside the file, nothing from elsewhere."""

import base64
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

TYPES = {"png": "image/png", "svg": "image/svg+xml"}
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #111;
       background: #fff }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #ddd }
th:first-child, td:first-child, .words { text-align: left }
figure { margin: 2rem 0 } img { max-width: 100%; height: auto } figcaption { color: #444; max-width: 48rem }
.table { overflow-x: auto }
"""


class Table(NamedTuple):
    """Headings, rows of text, and how many columns from the left hold words."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


class Shown(NamedTuple):
    """A picture on the page."""

    name: str
    caption: str
    data: bytes


def html_page(
    title: str, tables: Sequence[Table], lines: Sequence[str], notes: Sequence[str], shown: Sequence[Shown], form: str
) -> str:
    """The text of the page; pictures are in the format `form`."""
    body = [f"<h1>{escape(title)}</h1>", *map(_table, tables)]
    body += [f"<p>{escape(line)}</p>" for line in lines]
    body += [_figure(picture, form) for picture in shown]
    body += ["<h2>Left out</h2>", "<ul>", *(f"<li>{escape(note)}</li>" for note in notes), "</ul>"] if notes else []
    head = (
        f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>'
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n<style>{STYLE}</style>\n</head>\n<body>\n'
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _table(table: Table) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        marks = [' class="words"' if column < table.words else "" for column in range(len(cells))]
        return "".join(f"<{tag}{mark}>{escape(cell)}</{tag}>" for cell, mark in zip(cells, marks, strict=True))

    rows = "\n".join(f"<tr>{row(cells, 'td')}</tr>" for cells in table.rows)
    return f'<div class="table"><table>\n<tr>{row(table.headings, "th")}</tr>\n{rows}\n</table></div>'


def _figure(picture: Shown, form: str) -> str:
    data = base64.b64encode(picture.data).decode("ascii")
    name, caption = escape(picture.name), escape(picture.caption)
    image = f'<img alt="{name}" src="data:{TYPES[form]};base64,{data}">'
    return f'<figure id="{name}">\n{image}\n<figcaption><b>{name}</b>: {caption}</figcaption>\n</figure>'

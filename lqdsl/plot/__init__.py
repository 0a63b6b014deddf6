"""Pictures of a run directory. Needs matplotlib; nothing else of lqdsl imports this room but the command line."""

from lqdsl.plot.gather import Run
from lqdsl.plot.page import Shown, Table, html_page
from lqdsl.plot.picture import Picture
from lqdsl.plot.registry import all_pictures
from lqdsl.plot.style import FORMATS, encoded

__all__ = ["FORMATS", "Picture", "Run", "Shown", "Table", "all_pictures", "encoded", "html_page"]

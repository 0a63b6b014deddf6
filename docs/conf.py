"""Sphinx configuration: `python -m sphinx -W -b html docs docs/_build`."""

from lqdsl import __version__

project = "lqdsl"
author = "the lqdsl authors"
release = __version__
extensions = ["myst_nb"]
html_theme = "furo"
html_title = f"lqdsl {__version__}"
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
suppress_warnings = ["misc.highlighting_failure"]

"""The version of lqdsl."""

__version__ = "0.1.0"

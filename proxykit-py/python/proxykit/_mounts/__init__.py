"""Apps of the program's own behind its proxy: each on a private unix socket, from the start to the stop."""

from .mounts import Interface, Mounts

__all__ = ["Interface", "Mounts"]

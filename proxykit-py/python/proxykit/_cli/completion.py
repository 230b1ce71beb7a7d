"""``proxykit completion``: what a shell needs to complete the command."""

from __future__ import annotations

from argparse import ArgumentParser, _SubParsersAction

from .output import complain, say

SHELLS = ("bash", "zsh", "tcsh")


def completion(parser: ArgumentParser, shell: str) -> int:
    """Write the script for a shell."""
    try:
        import shtab
    except ModuleNotFoundError:
        complain("completion needs shtab, which is not installed: pip install 'proxykit[cli]'")
        return 1
    _complete_files(parser, shtab.FILE)
    say(shtab.complete(parser, shell))
    return 0


def _complete_files(parser: ArgumentParser, file: object) -> None:
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for command in action.choices.values():
                _complete_files(command, file)
        elif action.metavar == "FILE":
            action.complete = file  # type: ignore[attr-defined]

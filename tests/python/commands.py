"""Prints every command of the installed client, one a line, as its own command tree has them."""
from importlib.metadata import entry_points

import click


def walk(command, path):
    if not isinstance(command, click.MultiCommand):
        print(" ".join(path))
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        walk(command.get_command(context, name), path + [name])


[program] = {script.value: script for script in entry_points()["console_scripts"] if script.name == "backend.ai"}.values()
walk(program.load(), [])

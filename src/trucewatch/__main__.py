"""`python -m trucewatch` is the command `trucewatch`."""

from trucewatch.cli.main import run_and_exit

run_and_exit()

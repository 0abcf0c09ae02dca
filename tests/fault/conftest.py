"""Where the harness is, and the figures of each run."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "functional")]


def pytest_configure(config):
    config.fault_summary = []


def pytest_terminal_summary(terminalreporter, config):
    """Also of a run that passed: what was done to the daemon is part of the result."""
    for line in config.fault_summary:
        terminalreporter.write_line("summary: " + line)

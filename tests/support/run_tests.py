#!/usr/bin/python3
"""Runs test suites, prints a table and, as the last line, "N passed, N failed".

A program that crashes, hangs, or ends before its plan counts as failed, whatever it printed."""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROGRAM_S = 600  # one unit, contract or lint program; far above the slowest
SUITE_S = 1500  # simulator batch, functional and fault tests
OUTPUT_LINES = 200  # of one program; what went wrong stands at the end


class Result:
    """What one program said: counts, and its output if there is something to see in it."""

    def __init__(self, name, passed=0, failed=0, skipped=0, output=""):
        self.name, self.output = name, output
        self.passed, self.failed, self.skipped = passed, failed, skipped


def run(command, limit, env=None):
    """(exit status, output). A hanging program is killed with all it started."""
    with tempfile.TemporaryFile() as out:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})}, start_new_session=True)
        except OSError as error:
            return 127, f"{command[0]}: {error.strerror}\n"
        try:
            status = process.wait(limit)
            note = f"killed by signal {-status}" if status < 0 else ""
        except subprocess.TimeoutExpired:
            status, note = -signal.SIGKILL, f"still running after {limit} s: killed"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # nothing left behind
            process.wait()
        out.seek(0)
        text = out.read().decode(errors="replace")
    return status, f"{text}{command[0]}: {note}\n" if note else text


def count_tap(name, status, text):
    """cmocka's TAP. Version 1.1.5 writes a skipped test as "not ok N # SKIP"."""
    planned = sum(int(n) for n in re.findall(r"^1\.\.(\d+)$", text, re.M))
    skipped = len(re.findall(r"^(?:not )?ok \d+ # SKIP", text, re.M))
    passed = len(re.findall(r"^ok \d+ (?!# SKIP)", text, re.M))
    failed = max(planned, passed + skipped) - passed - skipped
    if not failed and (status != 0 or not planned):
        failed = 1
    return Result(name, passed, failed, skipped, text if failed else "")


def count_junit(name, status, text, report):
    """pytest's XML report; exit status 5 means that there are no tests."""
    try:
        suites = list(xml.etree.ElementTree.parse(report).getroot().iter("testsuite"))
    except (OSError, xml.etree.ElementTree.ParseError):
        suites = []
    total = {key: sum(int(s.get(key, 0)) for s in suites)
             for key in ("tests", "failures", "errors", "skipped")}
    failed = total["failures"] + total["errors"]
    if not failed and (status not in (0, 5) or not suites):
        failed = 1
    passed = max(total["tests"] - total["failures"] - total["errors"] - total["skipped"], 0)
    told = "\n".join(line for line in text.splitlines() if line.startswith("summary: "))
    return Result(name, passed, failed, total["skipped"], text if failed else told)


def suite_cmocka(options, suite):
    """One program per tests/<suite>/test_*.c."""
    for source in sorted(Path("tests", suite).glob("test_*.c")):
        program = options.build / "tests" / suite / source.stem
        status, text = run([str(program)], PROGRAM_S, {"CMOCKA_MESSAGE_OUTPUT": "TAP"})
        yield count_tap(source.stem, status, text)


def suite_pytest(options, suite):
    folder = Path("tests", suite)
    if not list(folder.glob("test_*.py")):
        return
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.xml")
        status, text = run(
            [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider",
             f"--junitxml={report}", str(folder)], SUITE_S,
            {"SHIXIAN_BUILD": str(options.build.resolve()), "PYTHONDONTWRITEBYTECODE": "1"})
        yield count_junit(suite, status, text, report)


def suite_sim(options, suite):
    """The seeds in batches, as many processes at once as there are jobs. One seed = one test."""
    program = options.build / "sim"
    if not list(Path("tests", suite).glob("*.c")):
        return
    size = max(1, -(-options.seeds // (options.jobs * 4)))
    batches = [(first, min(size, options.seed + options.seeds - first))
               for first in range(options.seed, options.seed + options.seeds, size)]

    def batch(first_and_count):
        first, count = first_and_count
        command = [str(program), "--seed", str(first), "--seeds", str(count)]
        status, text = run(command + (["--steps", str(options.steps)] if options.steps else []),
                           SUITE_S)
        said = re.search(r"^sim: .*: (\d+) held, (\d+) broken$", text, re.M)
        held, broken = (int(said[1]), int(said[2])) if said else (0, 0)
        broken = broken or int(status != 0 or held != count)
        name = f"seeds {first}..{first + count - 1}"
        return Result(name, held, broken, 0, text if broken else "")

    with ThreadPoolExecutor(options.jobs) as pool:
        yield from pool.map(batch, batches)


def suite_lint(options, suite):
    """One rule = one test; then the test of the rules, which seeds a fault for each."""
    status, text = run(
        [sys.executable, "tests/lint/lint.py", "--build", str(options.build)], PROGRAM_S)
    result = count_tap(suite, status, text)
    result.output = result.output or text.splitlines()[-1] + "\n"
    yield result
    yield from suite_pytest(options, suite)


SUITES = {"lint": suite_lint, "unit": suite_cmocka, "contract": suite_cmocka, "sim": suite_sim,
          "replay": suite_pytest, "functional": suite_pytest, "fault": suite_pytest}


def run_suite(options, suite):
    total, begin = Result(suite), time.monotonic()
    for result in SUITES[suite](options, suite):
        if result.output:
            lines = result.output.splitlines()
            print(f"--- {suite}: {result.name}", *lines[-OUTPUT_LINES:], sep="\n")
        total.passed += result.passed
        total.failed += result.failed
        total.skipped += result.skipped
    return total, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build/release"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--steps", type=int)
    parser.add_argument("suites", nargs="+", choices=SUITES, metavar="SUITE")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)

    rows = []
    for suite in options.suites:
        print(f"== {suite}")
        rows.append(run_suite(options, suite))
    print(f"{'suite':<12}{'passed':>8}{'failed':>8}{'skipped':>8}{'seconds':>9}")
    for t, seconds in rows:
        print(f"{t.name:<12}{t.passed:>8}{t.failed:>8}{t.skipped:>8}{seconds:>9.1f}")
    passed, failed, skipped = (sum(getattr(total, key) for total, _ in rows)
                               for key in ("passed", "failed", "skipped"))
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

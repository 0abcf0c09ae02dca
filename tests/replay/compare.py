#!/usr/bin/python3
"""Compare `shixianctl replay --json` with the oracle on random scenarios.

    compare.py --ctl PATH/shixianctl --seeds 0-9999 [--events N] [--policy FILE]...
               [--shipped] [--calendar FILE]... [--without OPERATION,...] [--show N] [--jobs N]

Scenarios of one batch run in one file, merged by time, and both sides are asked for the state at
the end of the batch; the oracle folds each scenario by itself, while it is made.  Rows are
compared without the case id, the refused lines by their number in the file when stderr tells it,
else by their count.  A scenario that differs is run alone and shrunk by dropping events while it
still differs.  The last line is `N passed, M failed`; exit 1 when any failed.  `--ctl oracle.py`
tries out the comparison itself.
"""

import argparse
import collections
import json
import multiprocessing
import pathlib
import re
import subprocess
import sys
import tempfile

from oracle import replay
from oracle_days import Calendar, instant, text_of
from oracle_policy import Policies
from scenarios import BATCH, OPERATIONS, Maker, lines_of, merge_by_time

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = HERE.parents[1] / "config"
SHIPPED = [str(path) for path in sorted((CONFIG / "calendar").glob("cn-*.csv"))]
DEFAULT = ["random_hours.yaml", "random_days.yaml", "random_days_2026.yaml"]


class Broken(Exception):
    """The program did not answer as CONTRACT §4 says."""


def normal(row):
    """A row as it is compared: no case, instants as whole seconds, flags in any order."""
    def seconds(text):
        return None if text is None else instant(text)
    return (row["report"], row["obligation"], seconds(row["start"]), seconds(row["due"]),
            row["state"], seconds(row["happened_at"]), row["late_s"],
            tuple(sorted(row["flags"] or [])))


def shown(row):
    """A compared row for people."""
    report, obligation, start, due, state, happened, late, flags = row
    return (f"{report} {obligation} start={text_of(start)} due={text_of(due)} {state} "
            f"happened={text_of(happened)} late_s={late} flags={','.join(flags) or '-'}")


def last_moment(events):
    """A second in which all of them have happened."""
    return max(instant(event["time"]) for event in events) + 1


def refused_lines(text):
    """The numbers of the lines that stderr refuses (a conflict is none)."""
    found = set()
    for line in text.splitlines():
        match = re.search(r"(?:line |:)(\d+):", line)
        if match and " was there before with another content" not in line:
            found.add(int(match.group(1)))
    return sorted(found)


class Sides:
    """Runs both sides on some events."""

    def __init__(self, options):
        self.options = options
        self.policies = Policies(options.policy)
        self.calendar = Calendar(options.calendar)
        self.told = []

    def ours(self, events, end):
        """(rows, refused line numbers) of the oracle."""
        oracle = replay(lines_of(events), self.policies, self.calendar, end)
        self.told = [f"oracle {number}: {why}" for number, why in oracle.refused]
        return ([normal(row) for row in oracle.rows()],
                [number for number, _ in oracle.refused])

    def theirs(self, events, end):
        """(rows, refused line numbers or None, their count or None) of shixianctl."""
        done = self.run(events, end)
        if done.returncode < 0:
            raise Broken(f"killed by signal {-done.returncode}: {done.stderr[-2000:]}")
        rows, totals = [], None
        try:
            for line in done.stdout.splitlines():
                value = json.loads(line)
                if "obligation" in value:
                    rows.append(normal(value))
                else:
                    totals = value.get("totals", value)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Broken(f"no row of CONTRACT §4 ({error}): {line[:300]}") from error
        if totals is None:
            raise Broken(f"no totals, exit {done.returncode}: {done.stderr[-2000:]}")
        count = totals.get("refused")
        numbers = refused_lines(done.stderr)
        self.told += [line.rpartition("/")[2] for line in done.stderr.splitlines()]
        return rows, numbers if len(numbers) == count else None, count

    def run(self, events, end):
        """What shixianctl says of some events."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines_of(events))
            file.flush()
            command = [self.options.ctl, "replay", "--json"]
            for path in self.options.policy:
                command += ["--policy", path]
            for path in self.options.calendar:
                command += ["--calendar", path]
            command += ["--at", text_of(end), file.name]
            return subprocess.run(command, capture_output=True, text=True, check=False,
                                  timeout=600)

    def difference(self, events, end, ours=None):
        """What differs: {"rows": (ours, theirs), "refused": (ours, theirs)}, or {}."""
        our_rows, our_refused = ours or self.ours(events, end)
        their_rows, numbers, count = self.theirs(events, end)
        found = {}
        ours, theirs = collections.Counter(our_rows), collections.Counter(their_rows)
        if ours != theirs:
            found["rows"] = (sorted((ours - theirs).elements(), key=repr),
                             sorted((theirs - ours).elements(), key=repr))
        if not self.options.ignore_refused:
            if numbers is not None and numbers != our_refused:
                found["refused"] = (our_refused, numbers)
            elif numbers is None and count is not None and count != len(our_refused):
                found["refused"] = (len(our_refused), count)
        return found

    def differs(self, events, end):
        """Whether anything differs, a crash included."""
        try:
            return bool(self.difference(events, end))
        except Broken:
            return True


def suspects(found, events):
    """The sources of a batch that a difference names; all when it names none."""
    sources = set()
    for rows in found.get("rows", ()):
        sources.update(row[0].rpartition("-")[0] for row in rows)
    ours, theirs = found.get("refused", ([], []))
    if isinstance(ours, int):
        return {event["source"] for event in events}
    for number in set(ours) ^ set(theirs):
        if 0 < number <= len(events):
            sources.add(events[number - 1]["source"])
    return sources


def shrink(sides, events, end):
    """Drop events, later ones first, while the scenario still differs."""
    again = True
    while again:
        again = False
        for index in range(len(events) - 1, -1, -1):
            fewer = events[:index] + events[index + 1:]
            if fewer and sides.differs(fewer, end):
                events, again = fewer, True
    return events


def show(sides, source, events, end):
    """Print one failing scenario in full, shrunk."""
    small = shrink(sides, list(events), end)
    print(f"--- {source}: {len(events)} events, {len(small)} suffice, state at {text_of(end)}")
    for number, line in enumerate(lines_of(small), 1):
        print(f"  {number:2} {line}")
    try:
        found = sides.difference(small, end)
    except Broken as error:
        print(f"  {error}")
        return
    ours, theirs = found.get("rows", ([], []))
    for row in ours:
        print(f"  oracle {shown(row)}")
    for row in theirs:
        print(f"  ctl    {shown(row)}")
    if "refused" in found:
        print(f"  refused: oracle {found['refused'][0]}, ctl {found['refused'][1]}")
        for line in sides.told:
            print(f"  {line}")


def folded(makers, merged, end):
    """(rows, refused line numbers of the merged events) that the makers' oracles know."""
    rows, refused = [], set()
    for maker in makers.values():
        maker.oracle.finish(end)
        rows += [normal(row) for row in maker.oracle.rows()]
        refused.update(id(maker.events[number - 1]) for number, _ in maker.oracle.refused)
    return rows, [number for number, event in enumerate(merged, 1) if id(event) in refused]


def batch(sides, seeds):
    """Run one batch; returns (source, events) of the scenarios that failed, and the end."""
    options = sides.options
    makers = {}
    for seed in seeds:
        maker = Maker(seed, sides.policies, sides.calendar, options.events, options.without)
        maker.make()
        makers[maker.source] = maker
    merged = merge_by_time(maker.events for maker in makers.values())
    end = last_moment(merged)
    try:
        found = sides.difference(merged, end, folded(makers, merged, end))
        names = suspects(found, merged) if found else set()
    except Broken as error:
        print(f"batch {seeds[0]}-{seeds[-1]}: {error}")
        found, names = True, set(makers)
    failed = [(source, maker.events) for source, maker in makers.items()
              if source in names and sides.differs(maker.events, end)]
    if found and not failed:
        print(f"batch {seeds[0]}-{seeds[-1]} differs, none of its scenarios alone: {found}")
        failed = [("batch", merged)]
    return failed, end


class Worker:
    """The sides of one process."""

    sides = None

    @classmethod
    def start(cls, options):
        """Read the policies once."""
        cls.sides = Sides(options)

    @classmethod
    def run(cls, seeds):
        """One batch."""
        return batch(cls.sides, seeds)


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description="compare shixianctl replay with the oracle")
    parser.add_argument("--ctl", required=True)
    parser.add_argument("--seeds", default="0-999", help="A-B")
    parser.add_argument("--events", type=int, help="events of a scenario, default 6 to 12")
    parser.add_argument("--policy", action="append", default=[])
    parser.add_argument("--calendar", action="append", default=[])
    parser.add_argument("--without", default="", help="of: " + " ".join(OPERATIONS)
                        + " lead_report")
    parser.add_argument("--ignore-refused", action="store_true")
    parser.add_argument("--shipped", action="store_true", help="the policies of config/policy")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=3, help="failing scenarios shown in full")
    options = parser.parse_args(arguments)
    options.without = [name for name in options.without.split(",") if name]
    if options.shipped:
        options.policy += [str(path) for path in sorted((CONFIG / "policy").glob("*.yaml"))]
    options.policy = options.policy or [str(HERE / "policies" / name) for name in DEFAULT]
    options.calendar = options.calendar or SHIPPED
    first, _, last = options.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    groups = collections.defaultdict(list)
    for seed in seeds:
        groups[seed // BATCH].append(seed)
    sides, failed = Sides(options), 0
    with multiprocessing.Pool(options.jobs, Worker.start, (options,)) as pool:
        for found, end in pool.imap(Worker.run, groups.values()):
            for source, events in found:
                if failed < options.show and source != "batch":
                    show(sides, source, events, end)
                failed += 1
    print(f"{len(seeds) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

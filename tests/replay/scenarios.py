#!/usr/bin/python3
"""Seeded random scenarios for comparing `shixianctl replay` with the oracle.

A scenario is the life of one or two cases.  While it is made, the oracle folds it, only so that
the generator knows which duties are live and when they are due: acts, pauses and decisions are
then put a second before, at and after these instants.  Every scenario has a source of its own, so
that many of them can be merged by time into one file (a batch).  Seeds of one batch share an era
of a few days to months and end there, so that not every duty is overdue at the end of the batch.

Some events must be refused; others are questionable only where CONTRACT.md is silent.  Each
operation has a name, and `without` leaves out those named (see OPERATIONS).  Case types, channels,
labels and categories are those of a list and those that the policies ask for.
"""

import argparse
import datetime
import json
import random
import sys

from oracle import Oracle
from oracle_case import LIVE, TIMES
from oracle_days import DAY, LOCAL, ZONE, Calendar
from oracle_policy import Policies
from scenario_moves import AHEAD, EARLIER, OPERATIONS, Moves

BATCH = 200
ERAS = ("2024-02-20", "2024-04-25", "2024-12-20", "2025-01-18", "2025-05-20", "2025-09-20",
        "2026-01-22", "2026-02-08", "2026-02-20", "2026-03-25", "2026-04-24", "2026-06-10",
        "2026-06-25", "2026-09-14", "2026-09-25", "2026-11-10", "2026-12-18", "2026-12-28",
        "2027-01-28", "2027-04-26", "2027-12-20", "2028-01-20", "2028-02-22", "2028-09-24")
TYPES = {"opinion": 30, "rumor": 14, "foi": 20, "bad_review": 10, "petition": 16,
         "policy_document": 10}
CHANNELS = ("weibo", "hotline_12345", "leader_mailbox", "website_message", "short_video",
            "forum", "foi_application", "internal_report")
CATEGORIES = ("accident", "natural")
LABELS = ("urgent", "serious", "withdrawn", "incomplete", "campaign", "other")
REGIONS = ("990100", "990102", "990121", "990200", "990223", "990000")
STEPS = (0, 1, 60, 900, 1800, 3600, 2 * 3600, 5 * 3600, 8 * 3600, DAY - 1, DAY, 2 * DAY,
         3 * DAY, 7 * DAY, 15 * DAY)


def asked(policies, key):
    """The words that some rule of the policies asks for under a key, in order."""
    found = set()
    for file in policies.files:
        for rule in file.obligations:
            for condition in (rule.get("when"), rule.get("unless")):
                value = (condition or {}).get(key, [])
                found.update(value if isinstance(value, list) else [value])
    return sorted(found)


class Over(Exception):
    """The scenario would go on past the end of its batch."""


class Maker(Moves):
    """Makes one scenario."""

    def __init__(self, seed, policies, calendar, events=None, without=()):
        self.rng = random.Random(f"shixian {seed}")
        self.seed = seed
        self.source = f"s{seed}"
        self.oracle = Oracle(policies, calendar)
        types = asked(policies, "case_type")
        self.types = dict({name: 8 for name in types if name != "calendar"}, **TYPES)
        self.channels = CHANNELS + tuple(
            name for name in asked(policies, "channel") if name not in CHANNELS)
        self.labels = LABELS + tuple(
            name for name in asked(policies, "label") if name not in LABELS)
        self.events = []
        self.count = events or self.rng.randint(6, 12)
        self.names = [name for name in OPERATIONS if name not in without]
        self.weights = [OPERATIONS[name] for name in self.names]
        self.without = set(without)
        common = random.Random(f"era {seed // BATCH}")
        era = datetime.date.fromisoformat(common.choice(ERAS))
        days = common.choice((2, 4, 8, 15, 30, 60, 150))
        midnight = int(datetime.datetime.combine(era, datetime.time(), LOCAL).timestamp())
        self.end = midnight + days * DAY
        self.now = midnight + self.rng.randrange(min(10, days)) * DAY + self.rng.choice(
            (0, 1, DAY - 1, 63000, 63001, self.rng.randrange(DAY), self.rng.randrange(DAY)))
        self.milli = 0

    def make(self):
        """The events of the scenario, in order of time."""
        self.report()
        try:
            for _ in range(200):
                if len(self.events) >= self.count:
                    break
                getattr(self, "op_" + self.rng.choices(self.names, self.weights)[0])()
        except Over:
            pass
        return self.events

    # -- small helpers

    def chance(self, share):
        """True in that share of the cases."""
        return self.rng.random() < share

    def text(self, seconds, milli=0, offset=True):
        """An instant as text, in one of the ways to write it."""
        local = datetime.datetime.fromtimestamp(seconds, LOCAL).replace(microsecond=milli * 1000)
        way = self.rng.randrange(10)
        spec = "milliseconds" if milli else "seconds"
        if way == 0:
            return local.astimezone(datetime.timezone.utc).isoformat(
                timespec=spec).replace("+00:00", "Z")
        if way == 1:
            return local.astimezone(datetime.timezone(datetime.timedelta(hours=-5))).isoformat(
                timespec=spec)
        if way == 2 and not offset:
            return local.replace(tzinfo=None).isoformat(timespec=spec)
        return local.isoformat(timespec=spec)

    def at(self, seconds):
        """An instant within data."""
        return self.text(seconds, offset=False)

    def cases(self, *status):
        """The cases of that status."""
        return [case for case in self.oracle.cases if case.status in (status or ("open",))]

    def a_case(self, *status):
        """One of them, or None."""
        found = self.cases(*status)
        return self.rng.choice(found) if found else None

    def live(self, case, states=LIVE):
        """[(rule id, duty)] of a case in some state."""
        return [(name, duty) for (name, _), duty in case.duties.items()
                if duty.state in states and not duty.ended]

    def move_on(self):
        """Let time pass: by a step, or to an instant that matters."""
        if self.milli:
            self.now, self.milli = self.now + 1, 0
        dues = [duty.due for case in self.cases("open", "closed")
                for _, duty in self.live(case, ("open", "paused")) if duty.due is not None]
        dues = [due for due in dues if self.now < due < self.now + 45 * DAY]
        if dues and self.chance(0.35):
            self.now = max(self.now, self.rng.choice(dues) + self.rng.choice((-1, 0, 0, 1, 1, 2)))
        elif self.chance(0.1):
            self.now += -(self.now + ZONE) % DAY + self.rng.choice((-1, 0, 1)) + DAY
        else:
            step = self.rng.choice(STEPS)
            self.now += step + (self.rng.randrange(step) if step and self.chance(0.5) else 0)
        if self.now > self.end:
            raise Over
        if self.chance(0.08):
            self.milli = self.rng.choice((1, 500, 999))

    def before(self, case, duty=None):
        """An instant not after now, perhaps near a duty's due, seldom before the matter began."""
        if self.chance(0.03):
            return self.now + self.rng.choice(AHEAD)
        if duty is not None and duty.due is not None and self.chance(0.6):
            at = min(self.now, duty.due + self.rng.choice((-1, 0, 0, 1, 1)))
        else:
            at = self.now - self.earlier()
        if self.chance(0.95):
            return max(at, case.began())
        return at if self.chance(0.5) else case.began() + self.rng.choice((-1, 0))

    def earlier(self):
        """How long ago; more often little."""
        return self.rng.choice(EARLIER[:self.rng.choice((3, 7, 9, 12))])

    def emit(self, kind, data, report=None):
        """Append an event and let the oracle fold it."""
        if report is not None:
            data["report"] = {"source": report.source, "id": report.id}
        event = {"specversion": "1.0", "type": "shixian." + kind, "source": self.source,
                 "id": f"{self.source}-{len(self.events) + 1}",
                 "time": self.text(self.now, self.milli), "data": data}
        self.feed(event)

    def feed(self, event):
        """Append an event, whatever it is."""
        self.events.append(event)
        self.oracle.feed(json.dumps(event), len(self.events))

    def order(self, case, action, data, report=None, duty=None):
        """A case event; the report that names the case is any of it unless given."""
        if "happened_at" not in data and self.chance(0.4):
            data["happened_at"] = self.at(self.before(case, duty))
        if data.get("happened_at") == "":
            del data["happened_at"]
        self.emit("case." + action, data, report or self.rng.choice(case.reports))

    def report(self, exercise=None):
        """A report of any kind."""
        rng = self.rng
        case_type = rng.choices(list(self.types), list(self.types.values()))[0]
        channel = "foi_application" if case_type == "foi" else rng.choice(self.channels)
        data = {"title": f"情形 {self.seed}", "channel": channel, "case_type": case_type,
                "region": rng.choice(REGIONS), "topic": rng.choice(("食药安全", "生态环境")),
                "heat": rng.choice((0, 49, 50, 51, 1000))}
        times = {field: self.now - self.earlier() for field in TIMES[1:-1]
                 if self.chance(0.75 if field == "received_at" else 0.4)}
        if self.chance(0.02):
            times["received_at"] = self.now + rng.choice(AHEAD)
        data.update((field, self.at(value)) for field, value in times.items())
        if channel == "hotline_12345" and self.chance(0.7):
            data["limit_at"] = self.at(self.now + rng.choice((-3600, 0, 3600, 5 * DAY)))
        if case_type in ("opinion", "rumor") and self.chance(0.5) or self.chance(0.1):
            data["incident"] = {"level": rng.choice((1, 2, 3, 4, None))}
            found = times.get("discovered_at", times.get("received_at", self.now))
            if self.chance(0.7):
                late = 1 if self.chance(0.05) else -self.earlier()
                data["incident"]["occurred_at"] = self.at(found + late)
            if self.chance(0.4):
                data["incident"]["category"] = rng.choice(CATEGORIES)
        if self.chance(0.4):
            data["labels"] = rng.sample(self.labels, rng.randint(1, 2))
        if self.chance(0.1) and "lead_report" not in self.without:
            data["lead_unit"] = rng.choice(("u1", "u2", "u3"))
            if self.chance(0.3):
                data["assist_units"] = rng.sample(("u4", "u5"), rng.randint(0, 2))
        if exercise is not None:
            data["exercise"] = exercise
        elif self.chance(0.1):
            data["exercise"] = self.chance(0.5)
        kind = "incident" if "incident" in data else "opinion"
        self.emit(kind + ".reported", data)


def merge_by_time(scenarios):
    """The events of many scenarios in global order of time; each keeps its own order."""
    keyed = []
    for events in scenarios:
        for event in events:
            moment = datetime.datetime.fromisoformat(event["time"])
            keyed.append((moment.timestamp(), event))
    keyed.sort(key=lambda item: item[0])
    return [event for _, event in keyed]


def lines_of(events):
    """The events as the lines of a file."""
    return [json.dumps(event, ensure_ascii=False) for event in events]


def main(arguments=None):
    """Print the merged events of some seeds."""
    parser = argparse.ArgumentParser(description="random scenarios as JSONL")
    parser.add_argument("--seeds", default="1-1")
    parser.add_argument("--events", type=int)
    parser.add_argument("--policy", action="append", default=[])
    parser.add_argument("--calendar", action="append", default=[])
    parser.add_argument("--without", default="")
    options = parser.parse_args(arguments)
    first, _, last = options.seeds.partition("-")
    policies, calendar = Policies(options.policy), Calendar(options.calendar)
    without = [name for name in options.without.split(",") if name]
    made = [Maker(seed, policies, calendar, options.events, without).make()
            for seed in range(int(first), int(last or first) + 1)]
    for line in lines_of(merge_by_time(made)):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())

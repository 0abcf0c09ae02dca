"""The rules a second time, from the published numbers alone: what a case must have come to.

Nothing here is taken from the daemon but the files of holidays. `Model` is fed what was asked of a
case, and the moments at which anything was decided about it; it says which duties there are, when
each is due, how it ended and which rungs have spoken. All times are UTC milliseconds.
"""

import csv
from datetime import date, timedelta
from pathlib import Path

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
MAJOR, OTHER, ALL = {1, 2}, {0, 3, 4}, {0, 1, 2, 3, 4}
QUIET_FROM, QUIET_TO = 22 * 60, 7 * 60  # local minutes; rungs before due wait for the morning

RELEASE, PRESS, RESPONSE = "authoritative_release", "press_conference", "public_response"
SPOKEN = {RELEASE, PRESS, "briefing", RESPONSE, "rolling_update", "media_interview", "written_qa",
          "online_interview", "article"}


def days_off_and_on():
    """What the files say, {day: works}; other days follow the week."""
    said = {}
    for path in sorted(Path(__file__).resolve().parents[2].glob("config/calendar/cn-*.csv")):
        with open(path, encoding="utf-8") as file:
            lines = (line for line in file if line.strip() and not line.startswith("#"))
            for row in csv.DictReader(lines):
                said[date.fromisoformat(row["date"])] = row["type"] == "work"
    return said


SAID = days_off_and_on()


def works(day):
    """In years without a file the first of January is off, whatever the moon does."""
    return SAID.get(day, day.weekday() < 5 and (day.month, day.day) != (1, 1))


def workdays_on(at, n, offset):
    """The last second of the n-th working day after that of `at`."""
    day = date(1970, 1, 1) + timedelta(days=(at + offset) // DAY)
    while n:
        day += timedelta(days=1)
        n -= works(day)
    return ((day - date(1970, 1, 1)).days + 1) * DAY - SECOND - offset


def _from_due(*minutes):
    return [(f"due{m:+}m", "due", m * MINUTE) for m in minutes]


# rung: (name for people here, counted from, offset); the index is its bit
RULES = {
    RELEASE: {
        "levels": MAJOR, "window": {1: 5 * HOUR, 2: 5 * HOUR}, "met_by": {RELEASE, PRESS},
        "rungs": [("start", "start", 0), ("unacknowledged", "start", 30 * MINUTE),
                  ("half", "percent", 50), *_from_due(-60, -15, 0, 30, 60, 90, 120, 150, 180)]},
    PRESS: {
        "levels": MAJOR, "window": {1: 24 * HOUR, 2: 24 * HOUR}, "met_by": {PRESS},
        "rungs": [("start", "start", 0), *_from_due(-480, -180, -60, 0, 120, 240, 360, 480, 600,
                                                    720)]},
    RESPONSE: {
        "levels": OTHER, "window": {0: 48 * HOUR, 3: 48 * HOUR, 4: 48 * HOUR},
        "met_by": {RESPONSE, RELEASE, PRESS, "briefing", "media_interview"},
        "rungs": [("start", "start", 0), *_from_due(-1440, -480, -120, 0, 240, 1440)]},
    "rolling_update": {
        "levels": MAJOR, "window": {1: 12 * HOUR, 2: 24 * HOUR}, "after": {RELEASE, PRESS},
        "met_by": {RELEASE, "rolling_update", PRESS, "briefing", "written_qa"},
        "rungs": _from_due(-120, 0)},
    # Targets: nobody is told of them. In the order of the files, those of opinion first.
    "principal_statement": {"levels": MAJOR, "window": dict.fromkeys(MAJOR), "met_by": SPOKEN,
                            "spoken_by": "principal", "rungs": []},
    "first_judgement": {"levels": ALL, "window": dict.fromkeys(ALL, 2 * HOUR), "discovered": True,
                        "met_by": {"judgement"}, "rungs": []},
    "acknowledge": {"levels": ALL, "window": {**dict.fromkeys(ALL, 2 * HOUR), 1: 30 * MINUTE,
                                              2: 30 * MINUTE},
                    "met_by": {"acknowledge", "return_request"}, "rungs": []},
    "superior_report": {"levels": {1, 2, 3}, "window": dict.fromkeys((1, 2, 3), 2 * HOUR),
                        "occurred": True, "met_by": {"superior_report"}, "rungs": []},
    "assessment": {"levels": MAJOR, "window": dict.fromkeys(MAJOR, 10), "status": "closed",
                   "met_by": {"assessment"}, "rungs": []},
}


def overdue_at(due):
    """Due instants are inclusive, to the second."""
    return due // SECOND * SECOND + SECOND


def quiet_end(at, offset):
    minute = (at + offset) // MINUTE % 1440
    if QUIET_TO <= minute < QUIET_FROM:
        return at
    return at // MINUTE * MINUTE + (QUIET_TO - minute) % 1440 * MINUTE


class Duty:
    def __init__(self, key, rule, start, due, anchor, offset):
        self.key, self.rule, self.start, self.due, self.anchor = key, rule, start, due, anchor
        self.offset = offset  # of local time, for the quiet hours
        self.state, self.met_by, self.done = "open", 0, set()

    @property
    def active(self):
        return self.state in ("open", "overdue")

    @property
    def ends(self):
        """The first moment at which it is past due; for ever away where there is no limit."""
        return float("inf") if self.due is None else overdue_at(self.due)

    def rung_at(self, bit, level):
        _, base, offset = RULES[self.rule]["rungs"][bit]
        if base == "start":
            at = self.start + offset
        elif base == "percent":
            at = self.due - (self.due - self.start) // 100 * offset
        else:
            at = self.due + offset if offset else overdue_at(self.due)
        if at >= overdue_at(self.due) or level in MAJOR:
            return at
        return min(quiet_end(at, self.offset), overdue_at(self.due))

    def reached(self, level, now):
        return {bit for bit in range(len(RULES[self.rule]["rungs"]))
                if self.rung_at(bit, level) <= now}


class Model:
    def __init__(self, offset):
        self.offset = offset
        self.status, self.level, self.acts, self.duties = "none", 0, [], {}
        self.occurred = self.discovered = self.assigned = self.lead = self.closed = None
        self.acknowledged = False

    # --- what may happen to it --------------------------------------------------------------------

    def decide(self, now, fact=None):
        """One decision: something asked for (a fact as recorded), or only time."""
        before, known = self.level, set(self.duties)
        fresh = None
        kind = fact and fact["type"]
        if kind == "reported":
            case = fact["case_data"]
            incident = case.get("incident", {})
            self.status, self.level = "open", incident.get("level", 0)
            self.occurred, self.discovered = incident.get("occurred_at"), case["discovered_at"]
            self.lead = case.get("lead_unit")
            self.assigned = (fact["seq"], now) if self.lead else None
        elif kind == "level_set":
            self.level = fact.get("level", 0)
        elif kind == "acknowledged" and fact["unit"] == self.lead:
            self.acknowledged = True
            fresh = self._act(fact.get("happened_at", now), fact["seq"], "acknowledge", None)
            self.acts.append(fresh)
        elif kind == "fulfilled":
            act = fact["act"]
            fresh = self._act(fact["happened_at"], fact["seq"], act["kind"], act.get("spoken_by"))
            self.acts.append(fresh)
        elif kind in ("closed", "invalidated"):
            self.status = "closed" if kind == "closed" else "invalid"
            self.closed = now
        self._settle(now, before, fresh)
        for duty in self.duties.values():
            if duty.active and self._lives(duty.rule):
                duty.done |= duty.reached(self.level, now)
        return set(self.duties) - known

    @staticmethod
    def _act(happened, seq, kind, spoken_by):
        """In order of the seconds in which they happened; recorded order breaks a tie."""
        return (happened // SECOND, seq, kind, spoken_by, happened)

    def _lives(self, name):
        return self.status == RULES[name].get("status", "open")

    def _settle(self, now, before, fresh):
        for name, rule in RULES.items():
            if self._lives(name) and self.level in rule["levels"]:
                self._want_all(name, rule, fresh, now)
                continue
            for duty in self.duties.values():
                if duty.rule == name and duty.state == "open" and now < duty.ends:
                    raised = self.status == "open" and self._severity(self.level) > \
                        self._severity(before)
                    duty.state = "superseded" if raised else "cancelled"
        for duty in self.duties.values():
            self._meet(duty)
            if duty.state == "open" and now >= duty.ends:
                duty.state = "overdue"

    @staticmethod
    def _severity(level):
        return 5 - level if level else 0

    def _want_all(self, name, rule, fresh, now):
        if "after" in rule:
            self._want_repeating(name, rule, fresh, now)
        elif name == "acknowledge":
            if self.assigned:
                seq, at = self.assigned
                self._want(f"{name}.{seq}", name, at, None, now)
        elif name == "assessment":
            self._want(name, name, self.closed, None, now)
        elif rule.get("occurred"):
            if self.occurred is not None:
                self._want(name, name, self.occurred, None, now)
        else:
            from_discovery = name == RESPONSE or rule.get("discovered") or self.occurred is None
            self._want(name, name, self.discovered if from_discovery else self.occurred, None, now)

    def _due(self, name, start):
        window = RULES[name]["window"][self.level]
        if window is None:
            return None
        return workdays_on(start, window, self.offset) if name == "assessment" else start + window

    def _want(self, key, name, start, anchor, now):
        duty = self.duties.get(key)
        due = self._due(name, start)
        if not duty:
            self.duties[key] = Duty(key, name, start, due, anchor, self.offset)
            return
        if duty.state in ("cancelled", "superseded"):
            duty.state = "open"
        if due != duty.due:  # another level, another limit: what lies ahead may speak again
            duty.due = due
            duty.done &= duty.reached(self.level, now)
            if duty.state == "overdue" and now < duty.ends:
                duty.state = "open"

    def _want_repeating(self, name, rule, fresh, now):
        releases = [act for act in self.acts if act[2] in rule["after"]]
        counted = [act for act in self.acts if act[2] in rule["met_by"]]
        begins = releases and fresh == min(releases)
        for act in self.acts if releases else ():
            key = f"{name}.{act[1]}"
            if act in counted and act >= min(releases) and \
                    (begins or act in (fresh, max(counted)) or key in self.duties):
                self._want(key, name, act[4], act, now)

    def _meet(self, duty):
        rule = RULES[duty.rule]
        acts = [act for act in self.acts if act[2] in rule["met_by"] and
                (not duty.anchor or act > duty.anchor) and
                rule.get("spoken_by") in (None, act[3])]
        if acts and duty.state in ("open", "overdue", "met", "met_late"):
            _, duty.met_by, _, _, happened = min(acts, key=lambda act: act[:2])
            late = duty.due is not None and happened // SECOND > duty.due // SECOND
            duty.state = "met_late" if late else "met"

    def attention(self):
        """When it must be looked at again; None: never."""
        moments = []
        for duty in self.duties.values():
            if not self._lives(duty.rule) or not duty.active:
                continue
            moments += [duty.rung_at(bit, self.level)
                        for bit in range(len(RULES[duty.rule]["rungs"])) if bit not in duty.done]
            if duty.state == "open" and duty.due is not None:
                moments.append(duty.ends)
        return min(moments, default=None)

"""The rules a second time, from the published numbers alone: what a case must have come to.

Nothing here is taken from the daemon. `Model` is fed what was asked of a case, and the moments at
which anything was decided about it; it says which duties there are, when each is due, how it ended
and which rungs have spoken. All times are UTC milliseconds.
"""

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
MAJOR, OTHER = {1, 2}, {0, 3, 4}
QUIET_FROM, QUIET_TO = 22 * 60, 7 * 60  # local minutes; rungs before due wait for the morning

RELEASE, PRESS, RESPONSE = "authoritative_release", "press_conference", "public_response"


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
        self.occurred = self.discovered = None
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
        elif kind == "level_set":
            self.level = fact.get("level", 0)
        elif kind == "acknowledged":
            self.acknowledged = True
        elif kind == "fulfilled":
            fresh = (fact["happened_at"], fact["seq"], fact["act"]["kind"])
            self.acts.append(fresh)
        elif kind in ("closed", "invalidated"):
            self.status = "closed" if kind == "closed" else "invalid"
        self._settle(now, before, fresh)
        if self.status == "open":
            for duty in self.duties.values():
                if duty.active:
                    duty.done |= duty.reached(self.level, now)
        return set(self.duties) - known

    def _settle(self, now, before, fresh):
        for name, rule in RULES.items():
            if self.status == "open" and self.level in rule["levels"]:
                if "after" in rule:
                    self._want_repeating(name, rule, fresh)
                else:
                    start = self.discovered if name == RESPONSE or self.occurred is None \
                        else self.occurred
                    self._want(name, name, start, None)
                continue
            for duty in self.duties.values():
                if duty.rule == name and duty.state == "open" and now < overdue_at(duty.due):
                    raised = self.status == "open" and self._severity(self.level) > \
                        self._severity(before)
                    duty.state = "superseded" if raised else "cancelled"
        for duty in self.duties.values():
            self._meet(duty)
            if duty.state == "open" and now >= overdue_at(duty.due):
                duty.state = "overdue"

    @staticmethod
    def _severity(level):
        return 5 - level if level else 0

    def _want(self, key, name, start, anchor):
        duty = self.duties.get(key)
        if not duty:
            due = start + RULES[name]["window"][self.level]
            self.duties[key] = Duty(key, name, start, due, anchor, self.offset)
        elif duty.state in ("cancelled", "superseded"):
            duty.state = "open"

    def _want_repeating(self, name, rule, fresh):
        releases = [act for act in self.acts if act[2] in rule["after"]]
        counted = [act for act in self.acts if act[2] in rule["met_by"]]
        for act in self.acts if releases else ():
            if act in counted and act >= min(releases) and act in (fresh, max(counted)):
                self._want(f"{name}.{act[1]}", name, act[0], act)

    def _meet(self, duty):
        acts = [act for act in self.acts if act[2] in RULES[duty.rule]["met_by"] and
                (not duty.anchor or act > duty.anchor)]
        if acts and duty.state in ("open", "overdue", "met", "met_late"):
            happened, duty.met_by, _ = min(acts)
            duty.state = "met_late" if happened // SECOND > duty.due // SECOND else "met"

    def attention(self):
        """When it must be looked at again; None: never."""
        moments = []
        for duty in self.duties.values():
            if self.status != "open" or not duty.active:
                continue
            moments += [duty.rung_at(bit, self.level)
                        for bit in range(len(RULES[duty.rule]["rungs"])) if bit not in duty.done]
            if duty.state == "open":
                moments.append(overdue_at(duty.due))
        return min(moments, default=None)

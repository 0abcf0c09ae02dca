#!/usr/bin/python3
"""An independent oracle for response deadlines: CloudEvents in, obligations out.

A second implementation of CONTRACT.md, written without looking at the C engine, so that agreement
of the two means something.  It is plain: every event changes the facts of one case, then all
duties of the case are worked out again (oracle_case.py, oracle_days.py, oracle_policy.py; each
heads its own list of what CONTRACT.md does not say).

    oracle.py [--policy FILE]... [--calendar FILE]... [--at INSTANT] FILE

What CONTRACT.md decides of what looks odd below (number of the point):
 * The same units, level and category, acknowledgement, stamp again: nothing changes (1-3, 21).
 * No act before the matter began; no discovery before the occurrence (4, 21).
 * Stated times may lie 300 s after the event's time, limit_at and promise_due ten years (5).
 * What fulfil names must wait for that kind (6); restart, exclude: for an owed duty (11, 12).
 * extend_request waits for its decision (14).
 * merge: open cases, same exercise; occurred_at, published_at, decided_at and formed_at are
   stamps of the case, the others of a report (18).  split gives back the case as it was, with
   all reports that it had brought (19, 40).
 * What a closed, invalid or merged case takes (20).  A repeated report or event is no
   refusal (23).  close looks at all statutory duties that are owed (26).
 * closed_at is when the closing happened (30).  `act` is the position among the acts, or the
   exclusions, of the case (32).  `into` follows a merged case, the heat is the higher one (34).
 * What no longer applies can not be extended, restarted or excluded (36).  `obligation` means the
   duty of the report, else the only one of the rule; it decides what report is answered (39).
 * An exclusion that comes along and is there already is no second one, but may end it (45).  A
   moved duty is the same one: restarts and extensions keep their order (46).
 * After a split an act has the time it has in the joint case; a merge leaves the acts of the
   target alone (48).  The acts of a split are just recorded, its own come first in number;
   `judge` names no report; B takes A's category if it has none (56).
 * An overdue duty can be waived also when it no longer applies (52); one whose rule the policy in
   force does not have by anyone, with a reason (53).

Silent in CONTRACT.md (events):
 V1 The virtual clock never goes back; an event older than the clock happens at its own `time` but
    is recorded at the clock.
 V2 Every report opens its own case.  A report with lead_unit is an assignment when recorded.
 V3 Acts are numbered from 1 in the order recorded in the case; merge appends A's acts.  A's own
    acts, also those for a report that has left, are its own again after a split.
 V4 A rule id "fits" a duty that is unmet (open, paused, overdue) for extensions, waivers, pauses
    and restarts, one not cancelled or superseded for acts; none or several: refused.
 V5 extend_decide: its window must be in the unit of `max`; the decision counts once accepted,
    whatever the due becomes.  An overdue duty may get one that happened by its due.
 V6 waive is for unmet duties, overdue ones too (breached stays); `by` must be listed.
 V7 A moved per-report duty keeps the exclusions that stop it; they are the target's from now on,
    as far as duties per exclusion go, but stop no other clock there and have no number.
    Assignments, labels, lead unit do not come along with a merge.
 V8 The reviewer must differ from the author of public acts only.
 V9 A report binds to the policy of its recorded local day; a merged one lives by B's, and again
    by its own when split off.
"""

import argparse
import copy
import json
import sys

from oracle_case import (CASE_TIMES, GONE, LIVE, TIMES, Act, Assignment, Case, Exclusion, Report,
                         gravity)
from oracle_days import DAY, Calendar, day_of, instant
from oracle_order import (Order, Refused, carry, extension, find_duty, lives, move_acts, require,
                          runs, stamp)
from oracle_policy import ACTS, Policies

REPORTS = ("shixian.incident.reported", "shixian.opinion.reported")
FIXED_KIND = {"judge": "judgement", "rectify": "rectify", "assess": "assessment",
              "callback": "callback"}
ON_CLOSED = ("note", "rectify", "assess", "callback", "correct_time", "reopen")
ON_INVALID = ("note", "reopen")
SKEW = 300
AHEAD = 3652 * DAY


class Oracle:
    """All cases, and the virtual clock."""

    def __init__(self, policies, calendar):
        self.policies = policies
        self.calendar = calendar
        self.cases = []
        self.case_of = {}
        self.seen = {}
        self.now = None
        self.sequence = 0
        self.refused = []

    def feed(self, line, number=0):
        """Apply one line of JSON; what is refused is noted with its line number."""
        try:
            event = json.loads(line)
            require(isinstance(event, dict), "not an object")
            self.apply(event)
        except (Refused, json.JSONDecodeError) as error:
            self.refused.append((number, str(error)))

    def apply(self, event):
        """Apply one event, or raise Refused."""
        for key in ("type", "source", "id", "time"):
            require(isinstance(event.get(key), str), f"{key} missing")
        time = stamp(event["time"])
        self.now = time if self.now is None else max(self.now, time)
        self.sequence += 1
        ident = (event["source"], event["id"])
        if ident in self.seen:
            return
        data = event.get("data") or {}
        if event["type"] in REPORTS:
            self.report(event, data, time)
        else:
            self.order(event, data, time)
        self.seen[ident] = event

    def order(self, event, data, time):
        """An event on a case."""
        prefix, _, action = event["type"].rpartition(".")
        handler = getattr(self, "do_" + action, None)
        require(prefix == "shixian.case" and handler is not None, "unknown type")
        named = data.get("report") or {}
        ident = (named.get("source"), named.get("id"))
        case = self.case_of.get(ident)
        require(case is not None, "no such case")
        require(case.status != "closed" or action in ON_CLOSED, "the case is closed")
        require(case.status != "invalid" or action in ON_INVALID, "the case is invalid")
        case.pass_time(self.now)
        happened = stamp(data.get("happened_at", event["time"]), time + SKEW)
        item = next(item for item in case.reports if (item.source, item.id) == ident)
        handler(Order(event, data, case, item, time, happened, action))

    def finish(self, at=None):
        """Let time run to the end."""
        if at is not None:
            self.now = at if self.now is None else max(self.now, at)
        for case in self.cases:
            case.pass_time(self.now)

    def rows(self):
        """All rows, in the order of cases and opening."""
        for number, case in enumerate(self.cases, 1):
            yield from case.rows(f"oracle-{number}")

    # -- reports

    def report(self, event, data, time):
        """A report opens a case."""
        require(bool(data.get("title")), "title missing")
        incident = data.get("incident") or {}
        require(incident.get("level") in (None, 1, 2, 3, 4), "bad level")
        times = {}
        for field in TIMES:
            value = incident.get(field) if field == "occurred_at" else data.get(field)
            if value is not None:
                times[field] = stamp(value, time + (AHEAD if field == "limit_at" else SKEW))
        times.setdefault("discovered_at", times.get("received_at", time))
        require(times.get("occurred_at", 0) <= times["discovered_at"],
                "discovered before it occurred")
        report = Report(event["source"], event["id"], data, times, self.now)
        case = Case(report, self.policies.at(day_of(self.now)), self.calendar, self.sequence)
        self.cases.append(case)
        self.case_of[report.source, report.id] = case
        case.evaluate(self.now, "report")

    # -- what changes the case

    def do_set_level(self, order):
        """Level and category of the incident."""
        case, data = order.case, order.data
        require("level" in data, "level missing")
        level = data["level"]
        require(level in (None, 1, 2, 3, 4) and not isinstance(level, bool), "bad level")
        category = data.get("category", case.category)
        if (level, category) == (case.level, case.category):
            return
        before = gravity(case.level)
        case.level, case.category, case.level_set_at = level, category, order.happened
        if gravity(level) > before:
            case.evaluate(self.now, "raise", order.happened)
        else:
            case.evaluate(self.now, "lower" if gravity(level) < before else "set_level")

    def do_assign(self, order):
        """The units of the case."""
        case, unit = order.case, order.data.get("lead_unit")
        require(bool(unit), "lead_unit missing")
        assist = set(order.data.get("assist_units") or [])
        last = case.assignments[-1] if case.assignments else None
        if last is not None and (last.unit, last.assist) == (unit, assist):
            return
        case.assignments.append(Assignment(unit, assist, order.happened, self.sequence))
        case.evaluate(self.now, "assign")

    def do_acknowledge(self, order):
        """A unit has it."""
        case = order.case
        require(bool(case.assignments), "no unit leads")
        last = case.assignments[-1]
        unit = order.data.get("unit", last.unit)
        require(unit == last.unit or unit in last.assist, f"{unit} has nothing to do with it")
        if unit in last.signed:
            return
        last.signed.add(unit)
        if unit == last.unit:
            self.act(order, "acknowledge")
            case.evaluate(self.now, "act")

    def do_close(self, order):
        """Closing, unless a statutory duty is unmet."""
        case = order.case
        for duty in case.duties.values():
            if duty.rule.kind == "statutory" and duty.rule.per != "release":
                require(duty.state not in LIVE, f"{duty.rule.id} is {duty.state}")
        case.status, case.closed_at = "closed", order.happened
        case.evaluate(self.now, "close")

    def do_reopen(self, order):
        """A closed or invalid case is open again."""
        require(order.case.status in ("closed", "invalid"), "not closed")
        order.case.status, order.case.closed_at = "open", None
        order.case.evaluate(self.now, "reopen")

    def do_invalidate(self, order):
        """No case at all."""
        order.case.status = "invalid"
        order.case.evaluate(self.now, "invalidate")

    def do_note(self, order):
        """Words only."""

    def do_reevaluate(self, order):
        """The policy now in force."""
        order.case.policy = self.policies.at(day_of(self.now))
        order.case.evaluate(self.now, "reevaluate")

    # -- acts

    def do_fulfil(self, order):
        """An act of any kind."""
        case, data, kind = order.case, order.data, order.data.get("kind")
        require(kind in ACTS, f"unknown kind {kind}")
        self.check_public(order, kind)
        require(order.happened >= case.began(), "before the matter began")
        promise = data.get("promise_due")
        if promise is not None:
            promise = stamp(promise, order.time + AHEAD)
            require(promise >= order.happened, "promised before it happened")
        duty = None
        if data.get("obligation") is not None:
            duty = find_duty(order, lambda item: item.state not in GONE[:2])
            require(kind in duty.rule.satisfied_by, f"{duty.rule.id} does not wait for {kind}")
            require(duty.rule.per != "release" or order.happened >= duty.scope.happened,
                    "before its release")
        act = self.act(order, kind)
        act.duty, act.promise_due = duty, promise
        if duty is not None and duty.rule.per == "report" and act.report is not None:
            act.report = duty.scope
        case.evaluate(self.now, "act")

    def do_rectify(self, order):
        """The acts that have an action of their own."""
        kind = FIXED_KIND[order.action]
        self.check_public(order, kind)
        require(order.happened >= order.case.began(), "before the matter began")
        if order.action == "judge" and order.data.get("labels") is not None:
            order.case.labels = list(order.data["labels"])
        self.act(order, kind)
        order.case.evaluate(self.now, "act")

    do_assess = do_callback = do_judge = do_rectify

    @staticmethod
    def check_public(order, kind):
        """Public acts need what the settings say."""
        policy, data = order.case.policy, order.data
        if kind not in policy.public:
            return
        for key in policy.require:
            require(bool(data.get(key)), f"{key} missing")
        author = data.get("author") or data.get("actor") or order.event["source"]
        require(data.get("reviewer") != author, "the reviewer is the author")

    def act(self, order, kind):
        """Record an act."""
        case = order.case
        act = Act(kind, order.happened, self.now, self.sequence)
        if kind not in case.policy.public and order.action != "judge":
            act.report = order.report
        act.spoken_by = order.data.get("spoken_by")
        case.acts.append(act)
        case.fresh.add(act)
        return act

    def do_correct_time(self, order):
        """A stamp of the case or the report, or when an act happened."""
        case, data = order.case, order.data
        field = data.get("field")
        require(field in TIMES or field in ("act", "letter_received_at"), "unknown field")
        at = stamp(data.get("at"), order.time + (AHEAD if field == "limit_at" else SKEW))
        occurred = case.time("occurred_at")
        if field == "occurred_at":
            require(at <= case.time("discovered_at"), "after the discovery")
        elif field in ("discovered_at", "received_at", "act"):
            require(occurred is None or at >= occurred, "before the occurrence")
        if field == "act":
            number = data.get("act")
            require(isinstance(number, int) and 0 < number <= len(case.acts), "no such act")
            case.acts[number - 1].happened = at
        elif field == "letter_received_at":
            self.correct_letter(case, data.get("act"), at)
        else:
            (case if field in CASE_TIMES else order.report).times[field] = at
        case.evaluate(self.now, "correct")

    @staticmethod
    def correct_letter(case, number, at):
        """When the letter of an exclusion was received."""
        found = case.numbered()
        if number is not None:
            require(isinstance(number, int) and number > 0, "no such exclusion")
            found = found[number - 1:number]
        require(len(found) == 1, "no such exclusion")
        require(at >= found[0].begin, "received before it was sent")
        found[0].letter = at

    # -- what moves clocks

    def do_exclude(self, order):
        """A stretch of time that does not count."""
        case, data, kind = order.case, order.data, order.data.get("kind")
        limit = order.time + SKEW
        begin = stamp(data["from"], limit) if "from" in data else order.happened
        end = stamp(data["to"], limit) if data.get("to") is not None else None
        require(end is None or end >= begin, "to before from")
        letter = data.get("letter_received_at")
        letter = None if letter is None else stamp(letter, limit)
        require(letter is None or letter >= begin, "received before it was sent")
        duty = None
        if data.get("obligation") is not None:
            duty = find_duty(order, runs)
        require(any(runs(item) and item.due is not None and begin <= item.due
                    and kind in item.rule.exclude
                    for item in ([duty] if duty else case.duties.values())),
                f"{kind} stops no duty")
        duties = [duty] if duty else None
        require(end is not None or not any(
            item.kind == kind and item.end is None and item.duties == duties
            for item in case.numbered()), f"{kind} is open")
        item = Exclusion(kind, begin, end, letter, duties)
        item.sequence, item.ended = self.sequence, (self.sequence, self.now)
        case.exclusions.append(item)
        case.fresh.add(item)
        case.evaluate(self.now, "exclude")

    def do_resume(self, order):
        """The end of open exclusions of a kind."""
        case = order.case
        at = stamp(order.data["at"], order.time + SKEW) if "at" in order.data else order.happened
        kind = order.data.get("kind")
        found = [item for item in case.exclusions
                 if kind in (None, item.kind) and item.end is None]
        require(bool(found), "nothing to resume")
        require(all(item.begin <= at for item in found), "resumed before it began")
        for item in found:
            item.end, item.ended = at, (self.sequence, self.now)
        case.fresh.update(found)
        case.evaluate(self.now, "resume")

    def do_restart(self, order):
        """The clock begins anew."""
        case, data = order.case, order.data
        at = stamp(data["at"], order.time + SKEW) if "at" in data else order.happened
        duties = [duty for duty in case.duties.values() if runs(duty)]
        if data.get("obligation") is not None:
            duties = [find_duty(order, runs)]
        duties = [duty for duty in duties if duty.rule.restart and duty.start <= at]
        require(bool(duties), "nothing to restart")
        for duty in duties:
            duty.restarts.append((at, self.sequence))
        case.evaluate(self.now, "restart")

    def do_extend_request(self, order):
        """Somebody asks; the window is remembered for the decision."""
        duty = find_duty(order, runs)
        require(duty.rule.extend is not None, "it can not be extended")
        require(duty.requested is None, "a request waits")
        window = extension(duty, order.data.get("window"))
        require(duty.due is not None and order.happened <= duty.due, "asked after the due")
        duty.requested = window

    def do_extend_decide(self, order):
        """An extension, if it is within what the rule allows."""
        data = order.data
        duty = find_duty(order, runs)
        limits = duty.rule.extend
        require(limits is not None, "it can not be extended")
        if not data.get("approved", True):
            require(duty.requested is not None, "nobody asked")
            duty.requested = None
            return
        window = duty.requested
        if window is None or data.get("window") is not None:
            window = extension(duty, data.get("window"))
        require(len(duty.counting()) < limits["times"], "extended often enough")
        require(not limits["approver"] or data.get("approver"), "approver missing")
        require(not limits["notice"] or data.get("notified_at"), "notified_at missing")
        if data.get("notified_at"):
            stamp(data["notified_at"], order.time + SKEW)
        require(duty.due is not None and order.happened <= duty.due, "decided after the due")
        duty.requested = None
        duty.extensions.append((window, self.sequence))
        order.case.evaluate(self.now, "extend")

    def do_waive(self, order):
        """A duty that need not be met."""
        data = order.data
        duty = find_duty(order, lambda item: item.state in LIVE)
        if duty.rule.id in order.case.policy.groups:
            waiver = duty.rule.waiver
            require(waiver is not None, "it can not be waived")
            by = waiver.get("by")
            require(data.get("by") in (by if isinstance(by, list) else [by]), "not by that one")
            require(waiver.get("reason") != "required" or data.get("reason"), "reason missing")
        else:
            require(data.get("by") and data.get("reason"), "by or reason missing")
        duty.state = "waived"
        order.case.evaluate(self.now, "waive")

    # -- what joins and parts cases

    def do_merge(self, order):
        """Case A goes into B."""
        case, into = order.case, order.data.get("into")
        require(isinstance(into, dict), "into missing")
        named = (into.get("source"), into.get("id"))
        target = self.case_of.get(named)
        require(target is not None, "no such case to merge into")
        require(target is not case, "merge into itself")
        require(target.status == "open", "the other case is not open")
        require(target.exercise == case.exercise, "exercise and no exercise")
        target.pass_time(self.now)
        moved = []
        for key, duty in list(case.duties.items()):
            if duty.rule.per == "report":
                moved.append(duty)
                target.duties[key] = case.duties.pop(key)
            elif duty.state in ("open", "paused"):
                duty.state = "superseded"
        for report in case.reports:
            report.kept = report.kept or (case.labels, case.case_type)
            self.case_of[report.source, report.id] = target
        carry(case, target, moved)
        case.own = case.acts
        move_acts(case.acts, target)
        target.reports += case.reports
        for field, value in case.times.items():
            target.times[field] = min(value, target.times.get(field, value))
        target.heat = max((heat for heat in (case.heat, target.heat) if heat is not None),
                          default=None)
        target.category = target.category or case.category
        case.reports, case.acts, case.status, case.into = [], [], "merged", target
        if gravity(case.level) > gravity(target.level):
            target.level = case.level
            target.level_set_at = self.now
            target.evaluate(self.now, "merge raise", self.now)
        else:
            target.evaluate(self.now, "merge")

    def do_split(self, order):
        """A report leaves for the case it opened, which is open again."""
        case, report = order.case, order.report
        part = report.case
        require(part is not case and case in lives(part), "its case is not merged into this one")
        leaving = [item for item in case.reports if part in lives(item.case)]
        case.reports = [item for item in case.reports if item not in leaving]
        part.status, part.into, part.reports = "open", None, leaving
        for item in leaving:
            self.case_of[item.source, item.id] = part
        report.kept, moved = None, []
        for key, duty in list(case.duties.items()):
            if duty.scope in leaving:
                moved.append(duty)
                part.duties[key] = case.duties.pop(key)
        part.acts = [copy.copy(act) for act in case.acts if act in part.own]
        move_acts([copy.copy(act) for act in case.acts if act.report in [None] + leaving], part)
        carry(case, part, moved)
        same = {act: act for act in part.acts}
        for duty in part.duties.values():
            duty.scope = same.get(duty.scope, duty.scope)
        case.evaluate(self.now, "split")
        part.evaluate(self.now, "split")


def replay(lines, policies, calendar, at=None):
    """The oracle after all lines."""
    oracle = Oracle(policies, calendar)
    for number, line in enumerate(lines, 1):
        if line.strip():
            oracle.feed(line, number)
    oracle.finish(at)
    return oracle


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description="independent oracle of shixianctl replay")
    parser.add_argument("--policy", action="append", default=[])
    parser.add_argument("--calendar", action="append", default=[])
    parser.add_argument("--at")
    parser.add_argument("file")
    parser.add_argument("--json", action="store_true", help="always so; as shixianctl takes it")
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(arguments[1:] if arguments[:1] == ["replay"] else arguments)
    with open(options.file, encoding="utf-8") as file:
        oracle = replay(file, Policies(options.policy), Calendar(options.calendar),
                        instant(options.at) if options.at else None)
    totals = {"cases": len(oracle.cases), "obligations": 0, "refused": len(oracle.refused)}
    for row in oracle.rows():
        print(json.dumps(row, ensure_ascii=False))
        totals["obligations"] += 1
        totals[row["state"]] = totals.get(row["state"], 0) + 1
    for number, why in oracle.refused:
        print(f"line {number}: {why}", file=sys.stderr)
    print(json.dumps(totals))
    return 0


if __name__ == "__main__":
    sys.exit(main())

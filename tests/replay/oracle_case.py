"""Cases and their duties for the oracle: the fold of CONTRACT §3, with its points.

A case keeps facts only (reports, acts, assignments, exclusions, level).  After every event all of
its duties are worked out again from these facts; what a duty itself remembers is what the
contract calls irrevocable: its flags, that it was cancelled, superseded or waived, its restarts and
extensions.

What CONTRACT.md decides of what looks odd below (number of the point):
 * `assigned_at` and `assignment.at` are the assignment's happened_at (1).
 * An act of a public kind names no report (7).  For assignment, exclusion and promise only acts
   recorded later count; the end of an exclusion meets its duty (8).
 * A release duty exists for the newest act, for one just recorded, and for all when the first of
   after_acts is just recorded; what exists stays; order is (happened_at, recording) (9).
 * `after` waits also when `start` is given (10).
 * on_correction keep: the start is that of the opening; only a merge may make it earlier (15).
 * A breached duty is not ended by a new assignment (16).  What no longer applies keeps its clock,
   is not recomputed any more, and may still be met; an overdue one stays so (28).
 * A restart holds whatever the start is corrected to (29).  on_upgrade restart freezes the start
   at the raise; case.level_set_at is followed (31).
 * A report that was merged keeps labels and case_type of its case for its own duties (18).
 * `backdated` follows from the act that now meets the duty (22), or from when the end of the
   exclusion was learnt (38).  Order of acts: whole seconds, then recording.  An act counts before
   its own event takes a duty away (37).
 * An open exclusion pauses a duty without limit, too (25).
 * on_upgrade restart also holds when the raise reinstates the duty (41).  A start that gets
   unknown later stays what it was (42).
 * An exclusion whose end was recorded before brings no duty any more (44).
 * born_overdue is only for a duty that is opened, not for one that moved (47).
 * The end of an exclusion and an act in one second: what was recorded first (49).
 * A duty whose rule the policy in force does not have is judged no more (53).
 * The start of a met duty follows, too; one whose act no longer counts is not reinstated, but
   open again (54).  reevaluate supersedes; a kept duty is not recomputed and ends at the next
   raise (56).

Silent in CONTRACT.md (duties):
 E1 Time runs before an event: what was past due when the event came is breached before it acts.
 E2 An ungraded case (null) is below level 4: null -> n is a raise, n -> null a lowering.
 E3 A duty that stops applying for another reason than a raised level (label, lead unit, policy,
    close, invalidate, reopen) is `cancelled`.
 E4 Changing variant or window_by_level keeps the duty; only its due (and start) are new.
 E5 on_upgrade restart does not hold when the raise only changes the variant of a duty that is
    there.  The clock starts at set_level's happened_at.
 E6 on_downgrade keep: the duty also ends with close, invalidate, merge, and with its rule.
 E7 Start precedence: restart, raise (on_upgrade restart), kept, computed.
 E8 born_overdue only for a duty that was unmet at its creation (met_late at once: breached
    only), never for a reinstated one.
 E9 Cancelled, superseded and waived rows keep start and due as they were then.
 E10 An open exclusion stops a duty when its `from` is not after the due second; a duty already
    past due before `from` stays overdue.
 E11 Exclusions hold for duties opened later; restarts only for those there when recorded.
 E12 Extensions recorded before the restart with the latest `at` do not count; `extended` is shown
    only while one counts.
 E13 The obligation an act names matters only for `per: exclusion`.  The duty of an exclusion that
    came along is that of the case it came from.
 E14 `after` takes the earliest met duty of that id in the case (of the same scope if there is
    one).
 E15 case.level_set_at is the last set_level (or the report that brought the level, or the merge
    that raised it); case.assigned_at the last assignment.
 E16 A new assignment supersedes the old one's duty for good.
"""

from oracle_days import text_of

LIVE = ("open", "paused", "overdue")
GONE = ("cancelled", "superseded", "waived")
TIMES = ("occurred_at", "discovered_at", "received_at", "published_at", "decided_at",
         "formed_at", "limit_at")
CASE_TIMES = ("occurred_at", "published_at", "decided_at", "formed_at")
FLAGS = ("born_overdue", "breached", "backdated", "reinstated", "calendar_provisional",
         "extended", "restarted")


def gravity(level):
    """Greater is graver; not graded is least (E2)."""
    return 0 if level is None else 5 - level


class Report:
    """One report, with the time stamps it brought (corrected in place)."""

    def __init__(self, source, ident, data, times, recorded):
        self.source = source
        self.id = ident
        self.data = data
        self.times = times
        self.recorded = recorded
        self.channel = data.get("channel")
        self.case = None
        self.kept = None


class Act:
    """Something done: when it happened, when we heard of it; a copy is the same act."""

    def __init__(self, kind, happened, recorded, sequence):
        self.kind = kind
        self.happened = happened
        self.recorded = recorded
        self.sequence = sequence
        self.report = None
        self.spoken_by = None
        self.promise_due = None
        self.duty = None

    def __eq__(self, other):
        return isinstance(other, Act) and self.sequence == other.sequence

    def __hash__(self):
        return self.sequence

    def place(self):
        """Its place in the order of acts."""
        return self.happened, self.sequence


class Exclusion:
    """A stretch of time that stops the clocks which know its kind, all or those of `duties`."""

    def __init__(self, kind, begin, end, letter, duties):
        self.kind = kind
        self.begin = begin
        self.end = end
        self.letter = letter
        self.duties = duties
        self.sequence = 0
        self.ended = None
        self.came = False

    def __eq__(self, other):
        return isinstance(other, Exclusion) and self.sequence == other.sequence

    def __hash__(self):
        return self.sequence

    def stops(self, duty):
        """Whether the duty's clock knows it."""
        return (self.kind in duty.rule.exclude
                and (self.duties is None or duty in self.duties))


class Assignment:
    """One assignment of units."""

    def __init__(self, unit, assist, happened, sequence):
        self.unit = unit
        self.assist = set(assist)
        self.happened = happened
        self.sequence = sequence
        self.signed = set()


class Duty:
    """One obligation of a case."""

    def __init__(self, rule, scope, window):
        self.rule = rule
        self.scope = scope
        self.window = window
        self.start = None
        self.due = None
        self.state = "open"
        self.happened = None
        self.flags = set()
        self.restarts = []
        self.extensions = []
        self.raised_at = None
        self.first = None
        self.applies = True
        self.kept = False
        self.ended = False
        self.requested = None

    def last_restart(self):
        """(at, sequence) of the restart that holds, or None."""
        return max(self.restarts, default=None)

    def counting(self):
        """The extensions that count (E12)."""
        restart = self.last_restart()
        return tuple(window for window, sequence in self.extensions
                     if restart is None or sequence > restart[1])

    def pass_time(self, now):
        """What time alone does."""
        if self.state == "open" and self.due is not None and now > self.due:
            self.state = "overdue"
            self.flags.add("breached")


class Case:
    """The facts of one case and the duties that follow from them."""

    def __init__(self, report, policy, calendar, sequence):
        data = report.data
        self.opener = report
        self.reports = [report]
        report.case = self
        self.policy = policy
        self.calendar = calendar
        self.times = {field: report.times.pop(field) for field in CASE_TIMES
                      if field in report.times}
        self.acts = []
        self.own = []
        self.fresh = set()
        self.assignments = []
        self.exclusions = []
        self.duties = {}
        self.status = "open"
        self.into = None
        self.closed_at = None
        self.level = (data.get("incident") or {}).get("level")
        self.category = (data.get("incident") or {}).get("category")
        self.level_set_at = report.recorded if self.level is not None else None
        self.labels = list(data.get("labels") or [])
        self.case_type = data.get("case_type", "opinion")
        self.heat = data.get("heat")
        self.exercise = bool(data.get("exercise", False))
        if data.get("lead_unit") is not None:
            self.assignments.append(Assignment(
                data["lead_unit"], data.get("assist_units") or [], report.recorded, sequence))

    @property
    def lead_unit(self):
        """The unit that leads, or None."""
        return self.assignments[-1].unit if self.assignments else None

    def facts(self):
        """What conditions look at."""
        data = self.opener.data
        return {"case_type": self.case_type, "incident_level": self.level,
                "incident_category": self.category, "channel": self.opener.channel,
                "topic": data.get("topic"), "region": data.get("region"),
                "labels": self.labels, "lead_unit": self.lead_unit,
                "source": self.opener.source, "heat_at_least": self.heat,
                "exercise": self.exercise, "case_status": self.status}

    def time(self, field):
        """A stamp of the case, or the earliest of that stamp over the reports."""
        if field in CASE_TIMES:
            return self.times.get(field)
        known = [report.times[field] for report in self.reports if field in report.times]
        return min(known) if known else None

    def began(self):
        """When the matter began: no act is older."""
        occurred = self.time("occurred_at")
        return self.time("discovered_at") if occurred is None else occurred

    def scopes(self, rule):
        """The things a rule's duties hang on."""
        if rule.per == "case":
            return [None]
        if rule.per == "report":
            return self.reports
        if rule.per == "assignment":
            return self.assignments
        if rule.per == "exclusion":
            return self.exclusions
        if rule.per == "promise":
            return [act for act in self.acts if act.promise_due is not None]
        return self.releases(rule)

    def releases(self, rule):
        """The acts after which the next release is due, as far as they bring a duty."""
        first = min((act for act in self.acts if not rule.after_acts
                     or act.kind in rule.after_acts), key=Act.place, default=None)
        if first is None:
            return []
        acts = [act for act in self.acts
                if act.kind in rule.satisfied_by and act.place() >= first.place()]
        if first in self.fresh:
            return acts
        newest = max(acts, key=Act.place, default=None)
        return [act for act in acts if act is newest or act in self.fresh]

    def start_of(self, rule, scope):
        """The first known start, or None."""
        after = self.met_moment(rule.after, scope) if rule.after else None
        if rule.after and after is None:
            return None
        for name in rule.start:
            value = after if name == "after" else self.named_start(name, rule, scope)
            if value is not None:
                return value
        return None

    def named_start(self, name, rule, scope):
        """The value of one name of CONTRACT §1, Starts."""
        owner, _, field = name.partition(".")
        if owner == "report":
            return scope.times.get(field)
        if name == "assignment.at":
            return scope.happened
        if name == "exclusion.from":
            return scope.begin
        if name == "exclusion.letter_received_at":
            return scope.letter
        if name == "promise.due_at":
            return scope.promise_due
        if name == "last_release":
            if rule.per == "release":
                return scope.happened
            return max((act.happened for act in self.acts if act.kind in rule.satisfied_by),
                       default=None)
        if name == "case.reported_at":
            return min(report.recorded for report in self.reports)
        if name == "case.level_set_at":
            return self.level_set_at
        if name == "case.closed_at":
            return self.closed_at
        if name == "case.assigned_at":
            return self.assignments[-1].happened if self.assignments else None
        if name == "case.judged_at":
            return min((act.happened for act in self.acts if act.kind == "judgement"),
                       default=None)
        return self.time(field)

    def met_moment(self, rule_id, scope):
        """When the duty of that id was met (E14)."""
        same = self.duties.get((rule_id, scope))
        duties = [same] if same else [duty for (name, _), duty in self.duties.items()
                                      if name == rule_id]
        met = [duty.happened for duty in duties if duty.state in ("met", "met_late")]
        return min(met) if met else None

    def counting_acts(self, duty):
        """(happened, order, recorded) of what may meet a duty."""
        rule, scope = duty.rule, duty.scope
        found = []
        for act in self.acts:
            if act.kind not in rule.satisfied_by:
                continue
            if rule.spoken_by and act.spoken_by not in rule.spoken_by:
                continue
            if rule.per == "report" and act.report not in (None, scope):
                continue
            if (rule.per == "exclusion" and act.duty is not None
                    and (act.duty.rule.id, act.duty.scope) != (rule.id, scope)):
                continue
            if (rule.per in ("assignment", "exclusion", "promise")
                    and act.sequence <= scope.sequence):
                continue
            if rule.per == "release" and act.place() <= scope.place():
                continue
            found.append((act.happened, act.sequence, act.recorded))
        if rule.per == "exclusion" and scope.end is not None:
            found.append((scope.end, scope.ended[0], scope.ended[1]))
        return found

    def exclusions_of(self, duty):
        """The exclusions that stop a duty's clock."""
        return [item for item in self.exclusions if item.stops(duty)]

    def numbered(self):
        """The exclusions of the case itself, in the order of their numbers."""
        return [item for item in self.exclusions if not item.came]

    def pass_time(self, now):
        """Let time run to `now` with nothing else happening."""
        for duty in self.duties.values():
            duty.pass_time(now)

    def evaluate(self, now, cause, raised_at=None):
        """Work out every duty again; `cause` names what happened to the case."""
        while self.evaluate_once(now, cause, raised_at):
            pass
        self.fresh = set()

    def evaluate_once(self, now, cause, raised_at):
        """One pass; true when a duty was opened or met, on which an `after` may hang."""
        facts = self.facts()
        seen = set()
        changed = False
        for name, variants in self.policy.groups.items():
            for scope in self.scopes(variants[0]):
                key = (name, scope)
                seen.add(key)
                changed |= self.visit(key, variants, facts, now, cause, raised_at)
        for key, duty in list(self.duties.items()):
            if key[0] not in self.policy.groups:
                self.bereave(duty, cause)
            elif key not in seen:
                there = duty.rule.per in ("release", "promise") and key[1] in self.acts
                variants = self.policy.groups[key[0]] if there else []
                changed |= self.visit(key, variants, facts, now, cause, raised_at)
        return changed

    def visit(self, key, variants, facts, now, cause, raised_at):
        """Bring one duty up to date.  Returns whether an `after` may see a difference."""
        scope = key[1]
        duty = self.duties.get(key)
        if duty is not None and (duty.ended or duty.state == "waived"):
            return False
        if isinstance(scope, Report):
            facts = dict(facts, channel=scope.channel)
            if scope.kept is not None:
                facts["labels"], facts["case_type"] = scope.kept
        elif isinstance(scope, Exclusion):
            facts = dict(facts, exclusion=scope.kind)
        rule = next((variant for variant in variants if variant.fits(facts)), None)
        if isinstance(scope, Assignment) and scope is not self.assignments[-1]:
            return self.replaced(duty, now, cause)
        if duty is None:
            return self.open(key, rule, now, cause, raised_at)
        before = duty.state, duty.happened
        if duty.state in ("cancelled", "superseded"):
            if rule is None:
                return False
            duty.state = "open"
            duty.flags.add("reinstated")
            if raised_at is not None and rule.upgrade_restarts:
                duty.raised_at = raised_at
        if rule is not None:
            duty.rule, duty.window, duty.kept = rule, rule.window_at(self.level), False
        duty.applies = rule is not None
        if duty.applies:
            self.update(duty, now, cause)
        else:
            self.judge_kept(duty, now)
        if rule is None and duty.state in ("open", "paused"):
            if cause == "lower" and duty.rule.downgrade_keeps:
                duty.kept = True
            elif cause in ("close", "invalidate") or cause.endswith("raise") or not duty.kept:
                gone = cause.endswith(("raise", "reevaluate"))
                duty.state = "superseded" if gone else "cancelled"
        return before != (duty.state, duty.happened)

    @staticmethod
    def bereave(duty, cause):
        """A duty whose rule the policy in force does not have: nothing judges it any more."""
        duty.applies = False
        if duty.state in ("open", "paused"):
            gone = cause.endswith(("raise", "reevaluate"))
            duty.state = "superseded" if gone else "cancelled"

    def replaced(self, duty, now, cause):
        """A duty of an assignment that is no longer the current one (E16)."""
        if duty is None or duty.state in GONE:
            return False
        before = duty.state
        self.update(duty, now, cause)
        if duty.state in ("open", "paused") and "breached" not in duty.flags:
            duty.state, duty.ended = "superseded", True
        return before != duty.state

    def open(self, key, rule, now, cause, raised_at):
        """A duty that did not exist: it does when its rule fits and its start is known."""
        start = self.start_of(rule, key[1]) if rule else None
        if start is None:
            return False
        if rule.per == "exclusion" and key[1].end is not None and key[1] not in self.fresh:
            return False
        duty = self.duties[key] = Duty(rule, key[1], rule.window_at(self.level))
        if raised_at is not None and rule.upgrade_restarts:
            duty.raised_at = raised_at
        self.update(duty, now, cause)
        if duty.state == "overdue":
            duty.flags.add("born_overdue")
        return True

    def update(self, duty, now, cause):
        """Start, due and state of a duty that is in force."""
        rule = duty.rule
        start = self.start_of(rule, duty.scope)
        if duty.first is None or (cause.startswith("merge") and start is not None
                                  and start < duty.first):
            duty.first = start
        if rule.correction_keeps:
            start = duty.first
        if duty.raised_at is not None:
            start = duty.raised_at
        if start is not None:
            duty.start = start
        restart = duty.last_restart()
        if restart is not None:
            duty.start = restart[0]
        exclusions = self.exclusions_of(duty)
        ranges = tuple((item.begin, item.end) for item in exclusions if item.end is not None)
        duty.due, provisional = self.calendar.due(duty.start, duty.window, duty.counting(),
                                                  ranges, rule.day_end, rule.roll)
        self.mark(duty, "calendar_provisional", provisional)
        self.mark(duty, "extended", bool(duty.counting()))
        self.mark(duty, "restarted", restart is not None)
        self.judge(duty, now, [item for item in exclusions if item.end is None])

    def judge(self, duty, now, stopping):
        """The state, from the acts, the open exclusions and the time."""
        acts = self.counting_acts(duty)
        duty.happened = None
        self.mark(duty, "backdated", False)
        if acts:
            happened, _, recorded = min(acts)
            duty.happened = happened
            in_time = duty.due is None or happened <= duty.due
            duty.state = "met" if in_time else "met_late"
            if not in_time:
                duty.flags.add("breached")
            self.mark(duty, "backdated", recorded - happened > duty.rule.backdated_after)
        elif any(duty.due is None or item.begin <= duty.due for item in stopping):
            duty.state = "paused"
        else:
            duty.state = "open"
            duty.pass_time(now)

    def judge_kept(self, duty, now):
        """The state of a duty that no longer applies: its clock stays, acts may still meet it."""
        if self.counting_acts(duty) or duty.state in ("met", "met_late"):
            self.judge(duty, now, [])

    @staticmethod
    def mark(duty, flag, on):
        """Set or clear a flag that is not sticky."""
        (duty.flags.add if on else duty.flags.discard)(flag)

    def rows(self, case_id):
        """The rows of CONTRACT §4."""
        for (name, scope), duty in self.duties.items():
            report = scope if isinstance(scope, Report) else self.opener
            met = duty.state in ("met", "met_late")
            late = None
            if met:
                late = duty.happened - duty.due if duty.state == "met_late" else 0
            yield {"case": case_id, "report": report.id, "obligation": name,
                   "start": text_of(duty.start), "due": text_of(duty.due),
                   "state": duty.state, "happened_at": text_of(duty.happened) if met else None,
                   "late_s": late, "flags": [flag for flag in FLAGS if flag in duty.flags]}

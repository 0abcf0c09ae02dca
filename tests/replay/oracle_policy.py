"""Policy files for the oracle: YAML to rules, and which rule fits.

Written from CONTRACT §1.  How it takes what is short or silent there:
 P1 `unless` is "none of these": any one of its keys that fits takes the rule away.
 P2 Two files of one field with the same `effective` are not refused: the later on the command
    line holds.
 P3 The settings of the file in force for the case count; none: day_end 24:00, backdated_after
    24h, public_acts as listed in CONTRACT §1 with url and reviewer required.
 P4 A level that `window_by_level` does not name has the `window`, without one no limit.
 P5 A merged or invalid case is neither open nor closed: no rule fits it.
 P6 `start` may be absent only with `after` and for `per: release`; the other defaults are not
    there.  No rule judges a case that is older than all files.
"""

import datetime

import yaml

from oracle_days import DAY, number_of, parse_day_end, parse_window

ACTS = set("""authoritative_release press_conference briefing public_response rolling_update
    media_interview written_qa online_interview article individual_reply rumor_clarification
    rumor_referral interpretation judgement assessment rectify callback acknowledge
    return_request correction_notice third_party_opinion other_agency_opinion foi_answer
    publication petition_register petition_objection petition_decision petition_review
    superior_report supplement_report investigation_report site_correction calendar_loaded
    deputy_reply""".split())

PUBLIC = set("""authoritative_release press_conference briefing public_response rolling_update
    media_interview written_qa online_interview article rumor_clarification interpretation
    publication""".split())


def listed(value):
    """A list; one text may stand for a list of one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def fits_one(key, wanted, facts):
    """Whether one key of `when`/`unless` holds."""
    value = facts.get(key)
    if key in ("region", "source"):
        return any((value or "").startswith(str(prefix)) for prefix in wanted)
    if key == "label":
        return any(word in facts["labels"] for word in wanted)
    if key == "heat_at_least":
        return value is not None and value >= wanted[0]
    return value in wanted


class Rule:
    """One variant of one duty."""

    def __init__(self, data, settings):
        self.id = data["id"]
        self.kind = data.get("kind", "statutory")
        self.per = data.get("per", "case")
        self.when = self.condition(data.get("when"))
        self.unless = self.condition(data.get("unless"))
        if not any(key == "case_status" for key, _ in self.when):
            self.when.append(("case_status", ["open"]))
        self.after = data.get("after")
        self.start = listed(data.get("start"))
        if not self.start:
            self.start = ["after"] if self.after else ["last_release"]
        self.window = parse_window(data.get("window"))
        self.by_level = None
        if data.get("window_by_level"):
            self.by_level = {level: parse_window(text)
                             for level, text in data["window_by_level"].items()}
        self.day_end = parse_day_end(data.get("day_end", settings.get("day_end", "24:00")))
        self.roll = data.get("roll", True)
        self.satisfied_by = set(listed(data.get("satisfied_by")))
        self.after_acts = set(listed(data.get("after_acts")))
        self.spoken_by = listed(data.get("spoken_by"))
        self.exclude = set(listed(data.get("exclude")))
        self.restart = data.get("restart", False)
        self.extend = self.limits(data.get("extend"))
        self.waiver = data.get("waiver")
        self.upgrade_restarts = data.get("on_upgrade", "keep_start") == "restart"
        self.downgrade_keeps = data.get("on_downgrade", "cancel") == "keep"
        self.correction_keeps = data.get("on_correction", "recompute") == "keep"
        backdated = data.get("backdated_after", settings.get("backdated_after", "24h"))
        unit, number = parse_window(backdated)
        self.backdated_after = number if unit == "s" else number * DAY

    @staticmethod
    def condition(data):
        """A condition as a list of (key, wanted values)."""
        return [(key, [None] if value is None else listed(value))
                for key, value in (data or {}).items()]

    @staticmethod
    def limits(data):
        """`extend` with its window parsed."""
        if data is None:
            return None
        return {"max": parse_window(data["max"]), "times": data.get("times", 1),
                "approver": data.get("approver") == "required",
                "notice": data.get("notice") == "required"}

    def fits(self, facts):
        """Whether this variant holds for the facts."""
        for key, wanted in self.when:
            if not fits_one(key, wanted, facts):
                return False
        for key, wanted in self.unless:
            if fits_one(key, wanted, facts):
                return False
        return True

    def window_at(self, level):
        """The window at an incident level."""
        return self.window if self.by_level is None else self.by_level.get(level, self.window)


class File:
    """One policy file."""

    def __init__(self, data):
        self.field = data["policy"]
        self.effective = number_of(as_date(data.get("effective", data["version"])))
        self.settings = data.get("settings") or {}
        self.obligations = data.get("obligations") or []


class Policy:
    """What is in force on one day: groups of variants, and the settings."""

    def __init__(self, files):
        self.settings = {}
        for file in files:
            self.settings.update(file.settings)
        self.groups = {}
        for file in files:
            for data in file.obligations:
                rule = Rule(data, self.settings)
                self.groups.setdefault(rule.id, []).append(rule)
        acts = self.settings.get("public_acts") or {}
        self.public = set(acts.get("kinds") or PUBLIC)
        self.require = set(acts.get("require", ["url", "reviewer"]))
        rules = [rule for group in self.groups.values() for rule in group]
        self.exclusions = set().union(*(rule.exclude for rule in rules)) if rules else set()
        for rule in rules:
            for key, wanted in rule.when:
                if key == "exclusion":
                    self.exclusions.update(wanted)


class Policies:
    """All files given, and a cache of what holds when."""

    def __init__(self, paths):
        self.files = []
        for path in paths:
            with open(path, encoding="utf-8") as file:
                self.files.append(File(yaml.safe_load(file)))
        self.known = {}

    def at(self, day):
        """The policy in force on a local day; equal choices share one object."""
        chosen = {}
        for file in self.files:
            if file.effective <= day:
                best = chosen.get(file.field)
                if best is None or best.effective <= file.effective:
                    chosen[file.field] = file
        files = tuple(file for file in self.files if chosen.get(file.field) is file)
        if files not in self.known:
            self.known[files] = Policy(files)
        return self.known[files]


def as_date(value):
    """YAML gives a date or a text."""
    return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(value)

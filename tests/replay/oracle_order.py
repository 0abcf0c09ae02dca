"""What the handlers of the oracle share: refusals, one event taken apart, moving between cases.

Where CONTRACT.md is silent, its choices are those of the list in oracle.py.
"""

import copy

from oracle_case import LIVE
from oracle_days import instant, parse_window


class Refused(Exception):
    """An event that is not accepted; nothing changed."""


def require(condition, why):
    """Refuse unless the condition holds."""
    if not condition:
        raise Refused(why)


def stamp(value, limit=None):
    """The instant of a text; refused when it is none, or later than the limit."""
    try:
        seconds = instant(value)
    except ValueError as error:
        raise Refused(str(error)) from error
    require(limit is None or seconds <= limit, f"{value} lies ahead")
    require(seconds < 5711788800, f"{value} is after 2150")
    return seconds


class Order:
    """One event on one case, taken apart."""

    def __init__(self, event, data, case, report, time, happened, action):
        self.event = event
        self.data = data
        self.case = case
        self.report = report
        self.time = time
        self.happened = happened
        self.action = action


def lives(case):
    """The case, and those it was merged into, one after the other."""
    chain = [case]
    while chain[-1].into is not None:
        chain.append(chain[-1].into)
    return chain


def runs(duty):
    """Whether it is owed, and its rule still applies."""
    return duty.state in LIVE and duty.applies and not duty.ended


def find_duty(order, wanted):
    """The one duty the order's rule id fits: that of its report, else the only one."""
    name = order.data.get("obligation")
    found = [duty for (rule, _), duty in order.case.duties.items()
             if rule == name and not duty.ended]
    own = [duty for duty in found if duty.scope is order.report]
    found = [duty for duty in own or found if wanted(duty)]
    require(len(found) == 1, f"{name} fits {len(found)} duties")
    return found[0]


def extension(duty, text):
    """The window of an extension, given or the longest; refused when it is too long."""
    most = duty.rule.extend["max"]
    try:
        window = most if text is None else parse_window(text)
    except ValueError as error:
        raise Refused(str(error)) from error
    require(window[0] == most[0] and window[1] > 0, "not in the unit of max")
    require(window[1] <= most[1], "longer than max")
    return window


def carry(case, target, duties):
    """Let the exclusions that stop some duties go with them to a case.

    One that is the same as one of the target's is no second one, but may end it.
    """
    for item in case.exclusions:
        alone = []
        for duty in filter(item.stops, duties):
            same = next((ours for ours in target.exclusions if ours.stops(duty)
                         and (ours.kind, ours.begin) == (item.kind, item.begin)), None)
            if same is None:
                alone.append(duty)
            elif same.end is None:
                same.end, same.ended = item.end, item.ended
        if alone:
            item = copy.copy(item)
            item.duties, item.came = alone, True
            target.exclusions.append(item)


def move_acts(acts, target):
    """Give acts to a case; they are just recorded there."""
    acts = [act for act in acts if act not in target.acts]
    target.fresh.update(acts)
    target.acts += acts

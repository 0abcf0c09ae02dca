"""The oracle itself: the twelve samples by hand, and properties of the fold.

The expected values are typed by hand, not computed.
"""

import json
import pathlib
import random

import pytest

import compare
from oracle import Oracle, replay
from oracle_days import DAY, Calendar, day_of, instant, run_hours, text_of
from oracle_policy import Policies
from scenarios import Maker, lines_of, merge_by_time

HERE = pathlib.Path(__file__).resolve().parent
POLICIES = HERE / "policies"
RANDOM = [POLICIES / name for name in compare.DEFAULT]
CALENDAR = Calendar(sorted((HERE.parents[1] / "config" / "calendar").glob("cn-*.csv")))
SAMPLES = Policies([POLICIES / "samples.yaml"])


class Story:
    """Writes events; times are `MM-DD HH:MM` of 2026."""

    def __init__(self):
        self.lines = []

    def time(self, text):
        """A full time stamp."""
        return f"2026-{text.replace(' ', 'T')}:00+08:00"

    def add(self, kind, when, data):
        """Any event."""
        self.lines.append(json.dumps({
            "specversion": "1.0", "type": "shixian." + kind, "source": "t",
            "id": data.pop("id", f"e{len(self.lines)}"), "time": self.time(when),
            "data": data}))
        return self

    def report(self, ident, when, **data):
        """A report; stamps among the data are short."""
        for key in ("occurred_at", "discovered_at", "received_at"):
            if key in data:
                data[key] = self.time(data[key])
        if "occurred_at" in data:
            data["incident"] = {"occurred_at": data.pop("occurred_at")}
        return self.add("opinion.reported", when, dict({"id": ident, "title": "题"}, **data))

    def act(self, kind, when, ident="R1", **data):
        """A public or other act."""
        return self.case("fulfil", when, ident, kind=kind, url="https://example.test/",
                         reviewer="审", **data)

    def case(self, action, when, ident="R1", **data):
        """A case event."""
        return self.add("case." + action, when, dict(data, report={"source": "t", "id": ident}))

    def rows(self, until=None, policies=SAMPLES, at=None):
        """{(report, obligation): [row]} after the first `until` events."""
        oracle = replay(self.lines[:until], policies, CALENDAR, instant(at) if at else None)
        assert not oracle.refused
        found = {}
        for row in oracle.rows():
            found.setdefault((row["report"], row["obligation"]), []).append(row)
        return found

    def one(self, obligation, ident="R1", **options):
        """The due, state and lateness of the one row."""
        rows = self.rows(**options)[ident, obligation]
        assert len(rows) == 1
        return rows[0]["due"][:19].replace("T", " "), rows[0]["state"], rows[0]["late_s"]


def s01():
    """The events of S01."""
    return (Story().report("R1", "07-14 09:26", occurred_at="07-14 09:20")
            .case("set_level", "07-14 09:40", level=2)
            .act("authoritative_release", "07-14 11:05").act("press_conference", "07-15 08:30"))


def test_s01_normal_path():
    """Met in time; the rolling duty runs from the release."""
    story = s01()
    assert story.one("authoritative_release") == ("2026-07-14 14:20:00", "met", 0)
    assert story.one("press_conference") == ("2026-07-15 09:20:00", "met", 0)
    rolling = story.rows()["R1", "rolling_update"]
    assert [row["due"] for row in rolling] == ["2026-07-15T11:05:00+08:00",
                                               "2026-07-16T08:30:00+08:00"]
    assert [row["state"] for row in rolling] == ["met", "open"]


def s02():
    """The events of S02."""
    return (Story().report("R1", "06-03 14:20", occurred_at="06-03 14:05")
            .case("set_level", "06-03 14:30", level=3).case("set_level", "06-03 17:05", level=2)
            .act("authoritative_release", "06-03 18:40").act("press_conference", "06-04 13:50"))


def test_s02_level_raised():
    """The strict clock keeps the start of the case."""
    story = s02()
    assert story.one("public_response") == ("2026-06-05 14:20:00", "superseded", None)
    assert story.one("authoritative_release") == ("2026-06-03 19:05:00", "met", 0)
    assert story.one("press_conference") == ("2026-06-04 14:05:00", "met", 0)


def test_s02_lenient(tmp_path):
    """The alternative: the clock starts when the level was raised."""
    text = (POLICIES / "samples.yaml").read_text(encoding="utf-8")
    lenient = tmp_path / "lenient.yaml"
    lenient.write_text(text.replace("    on_upgrade: keep_start\n", "").replace(
        "    reference: case.discovered_at\n", "    on_upgrade: restart\n"), encoding="utf-8")
    story, policies = s02(), Policies([lenient])
    assert story.one("authoritative_release", policies=policies)[0] == "2026-06-03 22:05:00"
    assert story.one("press_conference", policies=policies)[0] == "2026-06-04 17:05:00"


def test_s03_three_channels():
    """One duty for the opinion, one for each petitioner."""
    story = (Story().report("R1", "03-11 07:50", channel="weibo")
             .report("R2", "03-11 10:15", channel="hotline_12345", received_at="03-11 10:15")
             .report("R3", "03-12 16:40", channel="leader_mailbox", received_at="03-12 16:40")
             .case("merge", "03-12 17:00", "R2", into={"source": "t", "id": "R1"})
             .case("merge", "03-12 17:00", "R3", into={"source": "t", "id": "R1"})
             .act("public_response", "03-12 20:00")
             .act("individual_reply", "03-17 10:00", "R2")
             .act("individual_reply", "03-20 09:00", "R3"))
    assert story.one("public_response") == ("2026-03-13 07:50:00", "met", 0)
    assert story.one("public_response", "R2")[1] == "superseded"
    assert story.one("individual_reply", "R2") == ("2026-03-18 23:59:59", "met", 0)
    assert story.one("individual_reply", "R3") == ("2026-03-19 23:59:59", "met_late", 32401)


def test_s04_born_overdue():
    """Reported after the five hours were over."""
    story = (Story().report("R1", "08-22 07:40", occurred_at="08-22 01:30")
             .case("set_level", "08-22 07:45", level=2)
             .act("authoritative_release", "08-22 08:25").act("press_conference", "08-22 22:00"))
    assert story.one("authoritative_release") == ("2026-08-22 06:30:00", "met_late", 6900)
    flags = story.rows()["R1", "authoritative_release"][0]["flags"]
    assert flags == ["born_overdue", "breached"]
    assert story.one("press_conference") == ("2026-08-23 01:30:00", "met", 0)


@pytest.mark.parametrize("days, due", [(5, "10-13"), (3, "10-10"), (7, "10-15"), (20, "11-03")])
def test_s05_national_day(tmp_path, days, due):
    """Working days across the holiday and the make-up Saturday; hours run on."""
    text = (POLICIES / "samples.yaml").read_text(encoding="utf-8")
    file = tmp_path / "days.yaml"
    file.write_text(text.replace("window: 5wd\n    satisfied_by: individual_reply",
                                 f"window: {days}wd\n    satisfied_by: individual_reply"),
                    encoding="utf-8")
    story = (Story().report("R1", "09-30 16:30", channel="leader_mailbox",
                            received_at="09-30 16:30")
             .act("public_response", "10-02 15:00").act("individual_reply", "10-10 17:00"))
    assert story.one("public_response") == ("2026-10-02 16:30:00", "met", 0)
    assert story.one("individual_reply", policies=Policies([file])) == (
        f"2026-{due} 23:59:59", "met", 0)


def test_s06_rumour():
    """The legal limit is kept, the internal target is not."""
    story = (Story().report("R1", "05-02 21:10", case_type="rumor")
             .case("judge", "05-02 21:55", text="不实", labels=["serious"])
             .act("rumor_clarification", "05-02 23:40").act("rumor_referral", "05-03 09:00"))
    assert story.one("rumor_clarification") == ("2026-05-04 21:10:00", "met", 0)
    assert story.one("rumor_target") == ("2026-05-02 23:10:00", "met_late", 1800)
    assert story.one("rumor_referral")[1:] == ("met", 0)
    assert story.rows()["R1", "rumor_referral"][0]["start"] == "2026-05-02T21:55:00+08:00"


def test_s07_foi():
    """Correction restarts, the third party pauses, the extension adds."""
    story = (Story().report("R1", "01-28 10:00", case_type="foi", received_at="01-28 10:00",
                            labels=["incomplete"])
             .case("fulfil", "02-03 15:00", kind="correction_notice")
             .case("restart", "02-25 09:30", reason="补正")
             .case("exclude", "03-05 10:00", kind="third_party", reason="征求意见",
                   **{"from": "2026-03-04T16:00:00+08:00",
                      "letter_received_at": "2026-03-05T10:00:00+08:00"})
             .case("resume", "03-18 11:00", kind="third_party")
             .case("extend_decide", "04-07 10:00", obligation="foi_answer", approved=True,
                   window="20wd", approver="主任", notified_at="2026-04-07T10:00:00+08:00")
             .case("fulfil", "05-08 16:00", kind="foi_answer"))
    assert story.one("foi_correction_notice") == ("2026-02-06 23:59:59", "met", 0)
    assert story.one("foi_answer", until=2) == ("2026-03-03 23:59:59", "open", None)
    assert story.one("foi_answer", until=3) == ("2026-03-24 23:59:59", "open", None)
    assert story.one("foi_answer", until=4) == ("2026-03-24 23:59:59", "paused", None)
    assert story.one("foi_third_party") == ("2026-03-26 23:59:59", "met", 0)
    assert story.one("foi_answer", until=5) == ("2026-04-08 23:59:59", "open", None)
    assert story.one("foi_answer", until=6) == ("2026-05-09 23:59:59", "open", None)
    assert story.one("foi_answer") == ("2026-05-09 23:59:59", "met", 0)
    assert story.rows()["R1", "foi_answer"][0]["flags"] == ["extended", "restarted"]


def test_s08_press_conference_missing():
    """Written answers are no press conference."""
    story = (Story().report("R1", "04-08 11:30", occurred_at="04-08 11:00")
             .case("set_level", "04-08 11:45", level=2)
             .act("authoritative_release", "04-08 14:30").act("written_qa", "04-09 10:00")
             .act("press_conference", "04-09 15:20"))
    assert story.one("authoritative_release") == ("2026-04-08 16:00:00", "met", 0)
    assert story.one("press_conference") == ("2026-04-09 11:00:00", "met_late", 15600)
    assert story.one("press_conference", until=4, at="2026-04-09T11:00:00+08:00")[1] == "open"
    assert story.one("press_conference", until=4, at="2026-04-09T11:00:01+08:00")[1] == "overdue"


def test_s09_late():
    """Twelve hours late."""
    story = Story().report("R1", "11-16 08:30").act("public_response", "11-18 20:30")
    assert story.one("public_response") == ("2026-11-18 08:30:00", "met_late", 43200)


def test_s10_downgrade_across_midnight():
    """Due at midnight; the lowered level cancels one duty and brings another."""
    story = (Story().report("R1", "07-27 19:05", occurred_at="07-27 19:00")
             .case("set_level", "07-27 19:20", level=1)
             .act("authoritative_release", "07-27 21:15")
             .case("set_level", "07-27 22:30", level=3))
    assert story.one("authoritative_release") == ("2026-07-28 00:00:00", "met", 0)
    assert story.one("press_conference") == ("2026-07-28 19:00:00", "cancelled", None)
    assert story.one("public_response") == ("2026-07-29 19:05:00", "met", 0)
    assert story.one("rolling_update")[1] == "cancelled"


def test_s11_bad_review():
    """A make-up Saturday and the spring festival."""
    story = (Story().report("R1", "02-13 17:20", case_type="bad_review",
                            received_at="02-13 17:20")
             .case("judge", "02-14 10:00", text="属实").case("rectify", "02-26 11:00")
             .case("callback", "02-27 15:00"))
    assert story.one("bad_review_verify") == ("2026-02-14 23:59:59", "met", 0)
    assert story.one("bad_review_rectify") == ("2026-02-27 23:59:59", "met", 0)
    assert story.one("bad_review_callback") == ("2026-03-02 23:59:59", "met", 0)


def test_s12_two_places_and_the_year_end():
    """Merged; the reply runs into a year without a calendar."""
    story = (Story().report("R1", "12-30 15:20", occurred_at="12-30 15:00")
             .report("R2", "12-30 16:05", channel="hotline_12345", received_at="12-30 16:05")
             .case("set_level", "12-30 16:10", level=2)
             .case("merge", "12-30 16:30", "R2", into={"source": "t", "id": "R1"})
             .act("authoritative_release", "12-30 19:30").act("press_conference", "12-31 14:00"))
    assert story.one("authoritative_release") == ("2026-12-30 20:00:00", "met", 0)
    assert story.one("press_conference") == ("2026-12-31 15:00:00", "met", 0)
    assert story.one("individual_reply", "R2") == ("2027-01-07 23:59:59", "open", None)
    assert story.rows()["R2", "individual_reply"][0]["flags"] == ["calendar_provisional"]


# -- the due second, and other edges by hand

@pytest.mark.parametrize("second, state, late", [("29:59", "met", 0), ("30:00", "met", 0),
                                                 ("30:00.999", "met", 0),
                                                 ("30:01", "met_late", 1)])
def test_due_second_is_in_time(second, state, late):
    """An act at the due second is in time, also within it."""
    story = Story().report("R1", "11-16 08:30").act(
        "public_response", "11-20 10:00", happened_at=f"2026-11-18T08:{second}+08:00")
    assert story.one("public_response") == ("2026-11-18 08:30:00", state, late)
    assert story.rows()["R1", "public_response"][0]["flags"] == ["breached", "backdated"]


def test_leap_day_counts():
    """29 February is a day like others."""
    start = instant("2028-02-28T10:00:00+08:00")
    assert text_of(CALENDAR.due(start, ("d", 1))[0]) == "2028-02-29T23:59:59+08:00"
    assert text_of(CALENDAR.due(start, ("wd", 2))[0]) == "2028-03-01T23:59:59+08:00"
    start = instant("2024-02-28T10:00:00+08:00")
    assert text_of(CALENDAR.due(start, ("wd", 2))[0]) == "2024-03-01T23:59:59+08:00"


def test_yearly_and_rolled():
    """Until 31 March of this year or the next; a Sunday moves on."""
    start = instant("2026-03-31T10:00:00+08:00")
    assert text_of(CALENDAR.due(start, ("yearly", 3, 31))[0]) == "2026-03-31T23:59:59+08:00"
    assert text_of(CALENDAR.due(start + DAY, ("yearly", 3, 31))[0]) == (
        "2027-03-31T23:59:59+08:00")
    start = instant("2026-09-26T10:00:00+08:00")
    assert text_of(CALENDAR.due(start, ("d", 5))[0]) == "2026-10-08T23:59:59+08:00"
    assert text_of(CALENDAR.due(start, ("d", 5), roll=False, day_end=63000)[0]) == (
        "2026-10-01T17:30:00+08:00")


# -- properties

def test_working_days_add_up():
    """Between start and due lie exactly n working days, the due day being one."""
    rng = random.Random(1)
    for _ in range(2000):
        start = instant("2024-01-01T00:00:00+08:00") + rng.randrange(5 * 365 * DAY)
        number = rng.randint(1, 30)
        due = CALENDAR.due(start, ("wd", number))[0]
        days = range(day_of(start) + 1, day_of(due) + 1)
        assert sum(CALENDAR.working(day) for day in days) == number
        assert CALENDAR.working(day_of(due)) and day_of(due + 1) == day_of(due) + 1


def test_cut_up_exclusions_change_nothing():
    """Split, overlapping or swapped exclusions are the union of their ranges."""
    rng = random.Random(2)
    base = instant("2026-02-01T00:00:00+08:00")
    for _ in range(2000):
        start = base + rng.randrange(60 * DAY)
        begin = start + rng.randrange(-5 * DAY, 30 * DAY)
        end = begin + rng.randrange(1, 20 * DAY)
        middle = rng.randrange(begin, end)
        parts = ((middle - rng.randrange(middle - begin + 1), end), (begin, middle))
        for window in (("wd", 20), ("d", 30), ("s", 20 * DAY)):
            whole = CALENDAR.due(start, window, (), ((begin, end),))
            assert CALENDAR.due(start, window, (), parts) == whole


def test_hours_by_brute_force():
    """Hour windows: due minus start minus the excluded seconds before due is the window."""
    rng = random.Random(3)
    for _ in range(3000):
        ranges = [(begin, begin + rng.randint(1, 40))
                  for begin in (rng.randint(-30, 120) for _ in range(rng.randint(0, 4)))]
        length = rng.randint(1, 60)
        passed, now = 0, 0
        while passed < length:
            passed += not any(begin <= now < end for begin, end in ranges)
            now += 1
        assert run_hours(0, length, ranges) == now


def duties(oracle):
    """All duties of an oracle."""
    return [duty for case in oracle.cases for duty in case.duties.values()]


@pytest.mark.parametrize("part", range(4))
def test_random_scenarios_keep_the_invariants(part):
    """Breaches stay, states agree with the times, what is refused changes nothing."""
    policies = Policies(RANDOM)
    for seed in range(part * 1000, part * 1000 + 250):
        oracle, flagged = Oracle(policies, CALENDAR), {}
        for line in lines_of(Maker(seed, policies, CALENDAR).make()):
            event = json.loads(line)
            if oracle.now is not None:
                oracle.finish(instant(event["time"]))
            before, refused = list(oracle.rows()), len(oracle.refused)
            oracle.feed(line)
            if len(oracle.refused) > refused:
                assert list(oracle.rows()) == before
            for duty in duties(oracle):
                sticky = duty.flags & {"breached", "born_overdue", "reinstated"}
                assert flagged.get(duty, set()) <= sticky
                flagged[duty] = sticky
                check(duty, oracle.now)


def check(duty, now):
    """The state of a duty agrees with its times."""
    if duty.state == "open":
        assert duty.due is None or now <= duty.due
    elif duty.state == "overdue":
        assert now > duty.due and "breached" in duty.flags
    elif duty.state == "met":
        assert duty.due is None or duty.happened <= duty.due
    elif duty.state == "met_late":
        assert duty.happened > duty.due and "breached" in duty.flags


def test_scenarios_do_not_disturb_each_other():
    """A batch merged by time gives what its scenarios give one by one."""
    policies = Policies(RANDOM)
    made = [Maker(seed, policies, CALENDAR).make() for seed in range(200)]
    merged = merge_by_time(made)
    end = instant(merged[-1]["time"])
    together = list(replay(lines_of(merged), policies, CALENDAR, end).rows())
    alone = [row for events in made
             for row in replay(lines_of(events), policies, CALENDAR, end).rows()]
    assert sorted(map(compare.normal, together), key=repr) == sorted(
        map(compare.normal, alone), key=repr)


def test_same_seed_same_events():
    """A seed is a scenario, whatever was made before."""
    policies = Policies(RANDOM)
    assert Maker(7, policies, CALENDAR).make() == Maker(7, policies, CALENDAR).make()

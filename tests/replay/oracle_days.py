"""Time and calendar arithmetic of the oracle.

Written from CONTRACT §3, with the holidays of 全国年节及纪念日放假办法, so that it shares no
mistake with the C engine.  An instant is an integer of UTC seconds (milliseconds are floored when
read), a day is the number of local days since 1970-01-01 at the fixed offset +08:00.

What CONTRACT.md decides (number of the point):
 * calendar_provisional: `wd` windows, and `d`/`until` windows with roll, when a day from day 1 to
   the due day lies in a year without file (17).
 * Statutory holidays of years before 2025: without 除夕 and 2 May (24).

Silent in CONTRACT.md:
 D1 The other statutory holidays of a year without a file: 元旦, 春节 (eve and three days), 清明,
    劳动节 (two days), 端午, 中秋, 国庆 (three days), and no substitute day when one of them falls
    on a weekend.
 D2 A year is loaded when any row of any calendar file lies in it.
 D3 Exclusions do not touch the roll, a `0wd`/`0d` window or an `until` date.
 D4 A yearly `until MM-DD` is its first occurrence on or after the start day.
 D5 When the due day is the start day or earlier, that day alone is looked at.
 D6 An extension counts in its own unit.
 D7 `day_end: "17:30"` is due at 17:30:00 (that second is in time).
"""

import csv
import datetime

ZONE = 8 * 3600
DAY = 86400
EPOCH = datetime.date(1970, 1, 1).toordinal()
LOCAL = datetime.timezone(datetime.timedelta(hours=8))

# Movable holidays: first day of spring festival, 清明, 端午, 中秋.
MOVABLE = {
    2020: ("01-25", "04-04", "06-25", "10-01"), 2021: ("02-12", "04-04", "06-14", "09-21"),
    2022: ("02-01", "04-05", "06-03", "09-10"), 2023: ("01-22", "04-05", "06-22", "09-29"),
    2024: ("02-10", "04-04", "06-10", "09-17"), 2025: ("01-29", "04-04", "05-31", "10-06"),
    2026: ("02-17", "04-05", "06-19", "09-25"), 2027: ("02-06", "04-05", "06-09", "09-15"),
    2028: ("01-26", "04-04", "05-28", "10-03"), 2029: ("02-13", "04-04", "06-16", "09-22"),
    2030: ("02-03", "04-05", "06-05", "09-12"), 2031: ("01-23", "04-05", "06-24", "10-01"),
    2032: ("02-11", "04-04", "06-12", "09-19"),
}


def instant(text):
    """UTC seconds of an RFC 3339 text; one without offset is local.  Raises ValueError."""
    if not isinstance(text, str) or len(text) < 16:
        raise ValueError(f"not an instant: {text!r}")
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=LOCAL)
    return int(moment.timestamp() // 1)


def text_of(seconds):
    """RFC 3339 at +08:00, or None."""
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, LOCAL).isoformat()


def day_of(seconds):
    """The local day an instant lies in."""
    return (seconds + ZONE) // DAY


def date_of(day):
    """The date of a day number."""
    return datetime.date.fromordinal(day + EPOCH)


def number_of(date):
    """The day number of a date."""
    return date.toordinal() - EPOCH


def parse_window(text):
    """`20wd`, `60d`, `5h`, `90m`, `until 2026-12-31`, `until 03-31` as a tuple; None for none."""
    if text is None:
        return None
    text = str(text).strip()
    if text.startswith("until"):
        parts = [int(part) for part in text.split()[1].split("-")]
        if len(parts) == 3:
            return ("until", number_of(datetime.date(*parts)))
        return ("yearly", parts[0], parts[1])
    for suffix in ("wd", "d"):
        if text.endswith(suffix):
            return (suffix, int(text[:-len(suffix)]))
    if text.endswith("h"):
        return ("s", int(text[:-1]) * 3600)
    if text.endswith("m"):
        return ("s", int(text[:-1]) * 60)
    raise ValueError(f"not a window: {text!r}")


def parse_day_end(text):
    """Seconds from local midnight to the last second of a day that is in time."""
    hours, minutes = (int(part) for part in str(text).split(":"))
    return DAY - 1 if hours == 24 else hours * 3600 + minutes * 60


class Calendar:
    """Which days are working days, and for which years that is known."""

    def __init__(self, paths=()):
        self.rows = {}
        self.years = set()
        self.known = {}
        self.dues = {}
        self.statutory = {}
        for path in paths:
            with open(path, encoding="utf-8", newline="") as file:
                for row in csv.DictReader(line for line in file if not line.startswith("#")):
                    date = datetime.date.fromisoformat(row["date"])
                    self.rows[date] = row["type"]
                    self.years.add(date.year)

    def holidays(self, year):
        """The statutory holidays of a year no file tells about (D1)."""
        if year not in self.statutory:
            days = {datetime.date(year, 1, 1), datetime.date(year, 5, 1),
                    datetime.date(year, 5, 2), datetime.date(year, 10, 1),
                    datetime.date(year, 10, 2), datetime.date(year, 10, 3)}
            movable = [datetime.date.fromisoformat(f"{year}-{text}") for text in MOVABLE[year]]
            if year < 2025:
                days.remove(datetime.date(year, 5, 2))
            for shift in range(-1 if year >= 2025 else 0, 3):
                days.add(movable[0] + datetime.timedelta(days=shift))
            self.statutory[year] = days | set(movable[1:])
        return self.statutory[year]

    def working(self, day):
        """Whether work is done on that day."""
        answer = self.known.get(day)
        if answer is None:
            date = date_of(day)
            if date.year in self.years:
                kind = self.rows.get(date)
                answer = kind == "work" or (kind is None and date.weekday() < 5)
            else:
                answer = date.weekday() < 5 and date not in self.holidays(date.year)
            self.known[day] = answer
        return answer

    def roll(self, day):
        """The day itself, or the next working day."""
        while not self.working(day):
            day += 1
        return day

    def count(self, day, number, unit, ranges):
        """The number-th counted day after `day`; days within `ranges` are not counted."""
        while number > 0:
            day += 1
            if unit == "wd" and not self.working(day):
                continue
            if any(day_of(begin) < day <= day_of(end) for begin, end in ranges):
                continue
            number -= 1
        return day

    def due(self, start, window, extensions=(), ranges=(), day_end=DAY - 1, roll=True):
        """(due, provisional) of a window; `ranges` are the closed exclusions [from, to)."""
        if window is None:
            return None, False
        key = (start, window, extensions, ranges, day_end, roll)
        if key not in self.dues:
            if len(self.dues) > 200000:
                self.dues.clear()
            if window[0] == "s":
                due = start
                for _, length in (window,) + extensions:
                    due = run_hours(due, length, ranges)
                self.dues[key] = due, False
            else:
                self.dues[key] = self.due_day(*key)
        return self.dues[key]

    def due_day(self, start, window, extensions, ranges, day_end, roll):
        """`due` for the windows that end with a day."""
        first = day_of(start)
        if window[0] == "until":
            day = window[1]
        elif window[0] == "yearly":
            day = first
            while (date_of(day).month, date_of(day).day) != window[1:]:
                day += 1
        elif window == ("wd", 0):
            day = self.roll(first)
        else:
            day = self.count(first, window[1], window[0], ranges)
        if roll and window[0] != "wd":
            day = self.roll(day)
        for unit, number in extensions:
            day = self.count(day, number, unit, ranges)
            if roll and unit == "d":
                day = self.roll(day)
        years = range(date_of(min(first + 1, day)).year, date_of(day).year + 1)
        provisional = (roll or window[0] == "wd") and any(year not in self.years for year in years)
        return day * DAY - ZONE + day_end, provisional


def run_hours(start, length, ranges):
    """The instant at which `length` seconds have run since `start` outside the ranges."""
    now = start
    for begin, end in sorted(ranges):
        if length == 0 or now + length <= begin:
            break
        if end <= now:
            continue
        if begin > now:
            length -= begin - now
        now = end
    return now + length

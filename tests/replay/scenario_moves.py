"""What can happen in a random scenario: the operations of scenarios.Maker, each a method op_*."""

from oracle_case import CASE_TIMES, LIVE, TIMES
from oracle_days import DAY
from oracle_policy import ACTS

EARLIER = (0, 1, 59, 600, 3599, 3600, 2 * 3600, 6 * 3600, DAY, 2 * DAY, 5 * DAY, 20 * DAY)
AHEAD = (1, 60, 299, 300, 301, 3600)
OPERATIONS = {"act": 26, "other_act": 5, "named_act": 4, "promise": 3, "judge": 7, "level": 9,
              "assign": 5, "acknowledge": 5, "correct": 6, "correct_act": 3, "letter": 2,
              "pause": 7, "past_pause": 4, "resume": 7, "restart": 4, "extend": 7, "request": 3,
              "waive": 3, "merge": 6, "split": 3, "close": 5, "reopen": 3, "invalidate": 0.5,
              "reevaluate": 1, "note": 1, "repeat": 1, "bad": 8}


class Moves:
    """The operations; Maker has the rest."""

    def public(self, data):
        """What public acts need."""
        data.update(url="https://example.test/a", reviewer="审核人")
        if self.chance(0.3):
            data["author"] = "撰稿人"
        if self.chance(0.3):
            data["spoken_by"] = self.rng.choice(("principal", "spokesman"))
        return data

    def op_act(self):
        """An act that some duty waits for."""
        self.move_on()
        case = self.a_case("open", "closed")
        found = [item for item in self.live(case, LIVE + ("met_late",))
                 if item[1].rule.satisfied_by] if case else []
        if not found:
            return
        name, duty = self.rng.choice(found)
        kind = self.rng.choice(sorted(duty.rule.satisfied_by))
        data = self.public({"kind": kind})
        if duty.rule.per == "exclusion" and self.chance(0.75):
            data["obligation"] = name
        report = duty.scope if duty.rule.per == "report" and self.chance(0.8) else None
        own = {"judgement": "judge", "rectify": "rectify", "assessment": "assess",
               "callback": "callback"}.get(kind)
        if own and (self.chance(0.6) or case.status == "closed"):
            self.order(case, own, {"text": "办理"}, report, duty)
        else:
            self.order(case, "fulfil", data, report, duty)

    def op_other_act(self):
        """An act of any kind."""
        case = self.a_case("open", "closed")
        self.move_on()
        if case:
            self.order(case, "fulfil", self.public({"kind": self.rng.choice(sorted(ACTS))}))

    def op_named_act(self):
        """An act for one duty by name, which may not wait for it or be gone."""
        case = self.a_case()
        found = [item for item in case.duties.items() if item[1].rule.satisfied_by] if case else []
        if found:
            self.move_on()
            (name, _), duty = self.rng.choice(found)
            kinds = sorted(duty.rule.satisfied_by) + ["rectify"] * self.chance(0.1)
            self.order(case, "fulfil", self.public(
                {"kind": self.rng.choice(kinds), "obligation": name}), None, duty)

    def op_promise(self):
        """An act that promises a result."""
        case = self.a_case()
        self.move_on()
        if case:
            due = self.now + self.rng.choice((-DAY, 0, 3600, DAY, 3 * DAY, 9 * DAY))
            self.order(case, "fulfil", self.public(
                {"kind": self.rng.choice(("public_response", "individual_reply", "publication")),
                 "promise": "公布结果", "promise_due": self.at(due)}))

    def op_judge(self):
        """A judgement, perhaps with labels."""
        case = self.a_case()
        self.move_on()
        if case:
            data = {"text": "研判"}
            if self.chance(0.6):
                data["labels"] = self.rng.sample(self.labels, self.rng.randint(0, 2))
            self.order(case, "judge", data)

    def op_level(self):
        """A level up, down or away, or the category."""
        case = self.a_case()
        self.move_on()
        if case and (self.chance(0.3) or case.case_type in ("opinion", "rumor")):
            data = {"level": self.rng.choice((1, 1, 2, 2, 3, 4, None, case.level))}
            if self.chance(0.2):
                data["category"] = self.rng.choice(("accident", "natural"))
            self.order(case, "set_level", data)

    def op_assign(self):
        """Units; perhaps the same again."""
        case = self.a_case()
        self.move_on()
        if case:
            data = {"lead_unit": self.rng.choice(("u1", "u2", "u3"))}
            if self.chance(0.3):
                data["assist_units"] = self.rng.sample(("u4", "u5"), self.rng.randint(0, 2))
            last = case.assignments[-1] if case.assignments else None
            if last and self.chance(0.2):
                data = {"lead_unit": last.unit, "assist_units": sorted(last.assist)}
            self.order(case, "assign", data)

    def op_acknowledge(self):
        """A unit has it."""
        case = self.a_case()
        if case and (case.assignments or self.chance(0.1)):
            self.move_on()
            unit = case.lead_unit
            if unit and self.chance(0.3):
                unit = self.rng.choice(sorted(case.assignments[-1].assist) + ["u9"])
            self.order(case, "acknowledge", {"unit": unit} if unit and self.chance(0.8) else {})

    def op_correct(self):
        """Another time of occurrence, receipt ..."""
        case = self.a_case("open", "open", "closed")
        self.move_on()
        if not case:
            return
        field, at = self.rng.choice(TIMES), self.now - self.earlier()
        found, occurred = case.time("discovered_at"), case.time("occurred_at")
        if self.chance(0.9):
            if field == "occurred_at":
                at = min(at, found)
            elif field in ("discovered_at", "received_at") and occurred is not None:
                at = max(at, occurred)
        report = self.rng.choice(case.reports)
        if self.chance(0.1):
            at = (case if field in CASE_TIMES else report).times.get(field, at)
        if field == "limit_at" and self.chance(0.5):
            at = self.now + self.rng.choice((1, DAY, 9 * DAY))
        self.order(case, "correct_time", {"field": field, "reason": "更正", "at": self.at(at)},
                   report)

    def op_correct_act(self):
        """Another time of an act."""
        case = self.a_case("open", "closed")
        if case and case.acts:
            self.move_on()
            duty = self.rng.choice([item for _, item in self.live(case, LIVE + ("met",))] or [None])
            self.order(case, "correct_time", {
                "field": "act", "act": self.rng.randint(1, len(case.acts)), "reason": "更正",
                "at": self.at(self.before(case, duty))})

    def op_letter(self):
        """When the letter of an exclusion was received."""
        found = [case for case in self.cases() if case.numbered()]
        if found:
            self.move_on()
            case = self.rng.choice(found)
            number = self.rng.randint(1, len(case.numbered()))
            begin = case.numbered()[number - 1].begin
            data = {"field": "letter_received_at", "reason": "更正",
                    "at": self.at(max(self.now - self.earlier(), begin - self.chance(0.1)))}
            if self.chance(0.7):
                data["act"] = number
            self.order(case, "correct_time", data)

    def pause_kind(self, case):
        """A kind of exclusion that fits the case, or None."""
        found = {kind for _, duty in self.live(case) for kind in sorted(duty.rule.exclude)}
        return self.rng.choice(sorted(found)) if found else None

    def op_pause(self):
        """An open exclusion."""
        case = self.a_case()
        kind = self.pause_kind(case) if case else None
        if kind:
            self.move_on()
            data = {"kind": kind, "reason": "征求意见"}
            if self.chance(0.5):
                data["from"] = self.at(self.now - self.rng.choice(EARLIER[:9]))
            if self.chance(0.5):
                data["letter_received_at"] = self.at(
                    self.now if self.chance(0.9) else self.now - DAY)
            self.order(case, "exclude", data)

    def op_past_pause(self):
        """An exclusion with both ends; seldom the end lies ahead, which is refused."""
        case = self.a_case()
        kind = self.pause_kind(case) if case else None
        if kind:
            self.move_on()
            begin = self.now - self.rng.choice(EARLIER)
            end = begin + self.rng.choice(EARLIER[1:])
            if self.chance(0.9):
                end = min(end, self.now)
            data = {"kind": kind, "from": self.at(begin), "to": self.at(end), "reason": "听证"}
            names = [name for name, duty in self.live(case) if kind in duty.rule.exclude]
            if self.chance(0.3):
                data["obligation"] = self.rng.choice(names)
            self.order(case, "exclude", data)

    def op_resume(self):
        """The end of an open exclusion."""
        for case in self.cases():
            kinds = [item.kind for item in case.exclusions if item.end is None]
            if kinds:
                self.move_on()
                data = {"kind": self.rng.choice(kinds)} if self.chance(0.8) else {}
                if self.chance(0.4):
                    data["at"] = self.at(self.now - self.rng.choice(EARLIER[:6]))
                self.order(case, "resume", data)
                return

    def op_restart(self):
        """A corrected application."""
        case = self.a_case()
        found = [name for name, duty in self.live(case) if duty.rule.restart] if case else []
        if found:
            self.move_on()
            data = {"reason": "补正"}
            if self.chance(0.5):
                data["at"] = self.at(self.now - self.rng.choice(EARLIER[:9]))
            if self.chance(0.3):
                data["obligation"] = self.rng.choice(found)
            self.order(case, "restart", data)

    def extendable(self):
        """(case, rule id, duty) of one that can be extended, or None."""
        found = [(case, name, duty) for case in self.cases() for name, duty in self.live(case)
                 if duty.rule.extend]
        return self.rng.choice(found) if found else None

    def op_extend(self):
        """A decision on an extension; sometimes late, too long or once too often."""
        chosen = self.extendable()
        if not chosen:
            return
        case, name, duty = chosen
        self.move_on()
        unit, most = duty.rule.extend["max"]
        number = self.rng.choice((1, most // 2, most, most, most + (3600 if unit == "s" else 1)))
        if unit == "s":
            window = f"{max(1, number // 3600)}h"
        else:
            window = f"{max(1, number)}{unit}"
        data = {"obligation": name, "approved": self.chance(0.8), "window": window,
                "approver": "负责人", "notified_at": self.at(self.now), "reason": "复杂"}
        if self.chance(0.2):
            del data["window"]
        if self.chance(0.08):
            del data[self.rng.choice(("approver", "notified_at"))]
        if self.chance(0.04):
            data["window"] = self.rng.choice(("0d", "0wd", "0h", "3d", "2wd", "5h"))
        self.order(case, "extend_decide", data, duty=duty)

    def op_request(self):
        """A request for an extension."""
        chosen = self.extendable()
        if chosen:
            self.move_on()
            case, name, duty = chosen
            data = {"obligation": name, "reason": "复杂"}
            if self.chance(0.6):
                unit = duty.rule.extend["max"][0]
                data["window"] = "2h" if unit == "s" else "5" + unit
            if self.chance(0.1):
                data["window"] = self.rng.choice(("0d", "3d", "2wd", "5h", "99wd", "99d"))
            self.order(case, "extend_request", data, duty=duty)

    def op_waive(self):
        """A waiver where one is allowed."""
        for case in self.cases():
            for name, duty in self.live(case):
                if duty.rule.waiver and not duty.ended:
                    self.move_on()
                    by = duty.rule.waiver["by"]
                    self.order(case, "waive", {
                        "obligation": name, "reason": "无需",
                        "by": self.rng.choice(by if isinstance(by, list) else [by])})
                    return

    def op_merge(self):
        """Another report, and the two cases become one."""
        if len(self.cases()) < 2:
            if len(self.oracle.cases) > 2 or not self.cases():
                return
            self.move_on()
            self.report(self.cases()[0].exercise if self.chance(0.9) else None)
            if self.chance(0.3):
                return
        found = self.cases()
        if len(found) < 2:
            return
        self.move_on()
        case, target = self.rng.sample(found, 2)
        into = target.opener if self.chance(0.95) else self.rng.choice(target.reports)
        self.order(case, "merge", {"into": {"source": into.source, "id": into.id}})

    def op_split(self):
        """A merged report leaves again."""
        for case in self.cases():
            leaving = [report for report in case.reports if report.case is not case]
            if leaving:
                self.move_on()
                self.order(case, "split", {}, self.rng.choice(leaving))
                return

    def op_close(self):
        """Closing, allowed or not."""
        case = self.a_case()
        if case and (self.chance(0.3) or not any(
                duty.rule.kind == "statutory" for _, duty in self.live(case))):
            self.move_on()
            self.order(case, "close", {"text": "办结"})

    def op_reopen(self):
        """A closed or invalid case is open again."""
        case = self.a_case("closed", "invalid")
        if case:
            self.move_on()
            self.order(case, "reopen", {"reason": "新情况"})

    def op_invalidate(self):
        """Not a case."""
        case = self.a_case()
        if case:
            self.move_on()
            self.order(case, "invalidate", {"reason": "误报"})

    def op_reevaluate(self):
        """The policy of today."""
        case = self.a_case()
        if case:
            self.move_on()
            self.order(case, "reevaluate", {})

    def op_note(self):
        """Words."""
        case = self.a_case("open", "closed", "invalid")
        if case:
            self.order(case, "note", {"text": "备注"})

    def op_repeat(self):
        """The last event comes again, or its name with another content."""
        refused = [number for number, _ in self.oracle.refused]
        if len(self.events) in refused or not self.events[-1]["data"]:
            return
        event = self.events[-1]
        field = next((key for key in ("title", "reason", "text") if event["data"].get(key)), None)
        if field and self.chance(0.3):
            event = dict(event, data=dict(event["data"], **{field: "另一内容"}))
        self.feed(event)

    def op_bad(self):
        """Something that must be refused, mostly."""
        case = self.a_case("open", "open", "closed", "invalid")
        if not case:
            return
        self.move_on()
        opener = case.opener
        names = sorted({name for name, _ in self.live(case)}) or ["reply"]
        stiff = [name for name, duty in self.live(case) if not duty.rule.waiver] or names
        fixed = [name for name, duty in self.live(case) if not duty.rule.extend] or names
        public = {"kind": "public_response", "url": "https://example.test/b", "reviewer": "乙"}
        orders = [
            ("fulfil", {"kind": "dance", "happened_at": ""}),
            ("fulfil", {"kind": "public_response", "reviewer": "乙", "happened_at": ""}),
            ("fulfil", {"kind": "public_response", "url": public["url"], "happened_at": ""}),
            ("fulfil", dict(public, author="乙", happened_at="")),
            ("fulfil", dict(public, reviewer=self.source, happened_at="")),
            ("fulfil", dict(public, happened_at=self.at(self.now + 3600))),
            ("waive", {"obligation": self.rng.choice(stiff), "by": "nobody", "reason": "x"}),
            ("waive", {"obligation": "no_such_rule", "by": "principal", "reason": "x"}),
            ("extend_decide", {"obligation": self.rng.choice(fixed), "approved": True,
                               "window": "9000d", "approver": "a",
                               "notified_at": self.at(self.now)}),
            ("exclude", {"kind": "weather", "reason": "x"}),
            ("exclude", {"kind": "weather", "obligation": self.rng.choice(names)}),
            ("resume", {"kind": "weather"}),
            ("restart", {"obligation": "no_such_rule"}),
            ("set_level", {"level": 5}),
            ("correct_time", {"field": "weather", "at": self.at(self.now), "reason": "x"}),
            ("correct_time", {"field": "act", "act": 999, "at": self.at(self.now)}),
            ("merge", {"into": {"source": opener.source, "id": opener.id}}),
            ("merge", {"into": {"source": opener.source, "id": "nowhere"}}),
            ("reopen", {}), ("dance", {}),
        ]
        if len(case.reports) == 1:
            orders.append(("split", {}))
        if case.status != "open":
            orders = [("fulfil", public), ("close", {}), ("judge", {"text": "x"}),
                      ("set_level", {"level": 1}), ("assign", {"lead_unit": "u1"}),
                      ("reevaluate", {}), ("invalidate", {"reason": "x"}), ("rectify", {}),
                      ("exclude", {"kind": "hearing", "reason": "x"}), ("callback", {})]
        choice = self.rng.randrange(len(orders) + 2)
        if choice < len(orders):
            self.order(case, *orders[choice], report=opener)
        elif choice == len(orders):
            self.emit("case.fulfil", dict(
                public, report={"source": self.source, "id": "not-yet-known"}))
        else:
            self.emit("opinion.reported", {"channel": "weibo"})

"""The demo: a real daemon on a clock where an hour takes a second, in exercise mode.

Prints what a duty officer would see: what was reported, what is due when, each message as it
reaches its receiver, and at the end what became of every obligation."""

import base64
import datetime
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORY = ROOT / "config" / "samples" / "story.jsonl"
RECEIVER = ROOT / "tests" / "support" / "receiver.py"
HOURS = 27.5  # the story's length: one second each
SCALE = 3600
PEOPLE = {
    "unit": "承办单位联系人", "unit_head": "承办单位分管负责人", "office": "政府办值班室",
    "publicity": "宣传部", "principal": "政府主要负责同志", "supervision": "督查室", "cac": "网信办",
}
UNITS = {
    "binhe-yingji": "滨河区应急管理局", "luoxia-jiaoti": "落霞县教育体育局",
    "binhe-zhujian": "滨河区住房建设局",
}
STATES = {
    "open": "办理中", "met": "按时完成", "met_late": "超时完成", "overdue": "已超时，未完成",
    "cancelled": "已取消", "superseded": "已被更高要求取代", "paused": "暂停", "waived": "免除",
}
LAMP_WORDS = {"green": "绿灯", "yellow": "黄灯", "red": "红灯", None: "　　"}
LAMPS = {"green": "\033[32m", "yellow": "\033[33m", "red": "\033[31m"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def say(text, lamp=None):
    if lamp and sys.stdout.isatty():
        text = LAMPS[lamp] + text + "\033[0m"
    print(text, flush=True)


class Demo:
    def __init__(self, build):
        self.dir = Path(tempfile.mkdtemp(prefix="shixian-demo-"))
        self.port, self.hook = free_port(), free_port()
        self.log = self.dir / "received.jsonl"
        self.shown = 0
        self.unsigned = 0
        self.introduced = set()
        self.children = []
        self.build = build

    def write_config(self):
        secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
        (self.dir / "secret").write_text(secret + "\n")
        (self.dir / "secret").chmod(0o600)
        (self.dir / "run").mkdir()
        lines = [f'listen: ["127.0.0.1:{self.port}"]', "socket: null",
                 f"state_dir: {self.dir}/state", f"runtime_dir: {self.dir}/run",
                 "log_level: warning", "receivers:"]
        lines += [f'  - {{id: {p}, url: "http://127.0.0.1:{self.hook}/{p}", secret_file: secret}}'
                  for p in PEOPLE]
        lines += ["targets:"] + [f"  {p}: [{p}]" for p in PEOPLE]
        lines += ["units:"] + [
            f"  - {{id: {unit}, name: {name}, contact: [unit], head: [unit_head]}}"
            for unit, name in UNITS.items()]
        (self.dir / "shixian.yaml").write_text("\n".join(lines) + "\n")
        return secret

    def start(self):
        secret = self.write_config()
        self.spawn([sys.executable, str(RECEIVER), "--port", str(self.hook), "--secret", secret,
                    "--log", str(self.log)])
        self.spawn([f"{self.build}/shixiand", "--config", str(self.dir / "shixian.yaml"),
                    "--exercise", "--time-scale", str(SCALE)])
        end = time.monotonic() + 20
        while not self.ready():
            if time.monotonic() > end or self.children[-1].poll() is not None:
                sys.exit(f"the daemon did not start; see {self.dir}/daemon.log")
            time.sleep(0.05)

    def spawn(self, command):
        out = (self.dir / "daemon.log").open("ab")
        self.children.append(subprocess.Popen(command, stdout=out, stderr=out))

    def ready(self):
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def request(self, method, path, body=None, kind="application/cloudevents+json"):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        c.request(method, path, body, {"Content-Type": kind})
        answer = c.getresponse()
        text = answer.read()
        c.close()
        return answer.status, text

    def show_messages(self):
        """New messages, one block for all receivers of the same text; whole the first time a case
        speaks, then its headline."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        blocks = {}
        for line in lines[self.shown:]:
            record = json.loads(line)
            data = json.loads(record["body"])["data"]
            hour = record["t"] - self.began
            people, _, _ = blocks.setdefault((data["case"], data["text"]), ([], data, hour))
            people.append(PEOPLE[record["path"].strip("/")])
            self.unsigned += not record["verified"]
        for (case, text), (people, data, hour) in blocks.items():
            first, title, *rest = text.splitlines()
            say(f"[第 {hour:4.1f} 小时]   → {'、'.join(people)}")
            say(f"        {first}　{title}", data["lamp"])
            for row in rest if case not in self.introduced else []:
                say(f"        {row}")
            self.introduced.add(case)
        self.shown = len(lines)

    def wait_until(self, began, hour):
        while (left := began + hour - time.monotonic()) > 0:
            time.sleep(min(0.3, left))
            self.show_messages()

    def send(self, event):
        status, text = self.request("POST", "/v1/events", json.dumps(event).encode())
        answer = json.loads(text)
        if status >= 300:
            sys.exit(f"refused: {answer}")
        return answer["case"]

    def show_due(self, case):
        for o in statutory(self.case(case)):
            say(f"    时限：{name_of(o)}应于 {local(o['due_at'])} 前完成")

    def case(self, case):
        return json.loads(self.request("GET", f"/v1/cases/{case}")[1])

    def play(self):
        events = [json.loads(line) for line in STORY.read_text(encoding="utf-8").splitlines()]
        cases = []
        began = time.monotonic()
        self.began = time.time()
        for event in events:
            hour = float(event["storyhour"])
            self.wait_until(began, hour)
            say(f"\n[第 {hour:4.1f} 小时] {event['storysay']}")
            case = self.send(event)
            if case not in cases:
                cases.append(case)
                self.show_due(case)
        self.wait_until(began, HOURS)
        return cases

    def summary(self, cases):
        say(f"\n共收到 {self.shown} 条消息，{'签名全部有效' if not self.unsigned else '有签名无效'}。")
        say("\n════ 台账 ════")
        for case in map(self.case, cases):
            ack = "已签收" if case["acknowledged_at"] else "未签收"
            say(f"{case['title']}\n    案件 {case['id']}，{ack}，"
                f"{'已办结' if case['status'] == 'closed' else '在办'}")
            targets = [o for o in case["obligations"] if o["kind"] == "target"]
            done = sum(o["state"] == "met" for o in targets)
            for o in statutory(case):
                late = f"，晚 {span(o['late_s'])}" if o.get("late_s") else ""
                nth = nth_of(o, case["obligations"])
                say(f"    {LAMP_WORDS[o['lamp']]} {name_of(o)}{nth}：时限 {local(o['due_at'])}，"
                    f"{STATES[o['state']]}{late}", o["lamp"])
            say(f"    内部目标：{len(targets)} 项，按时完成 {done} 项（只统计，不提醒）")

    def stop(self):
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
            child.wait(20)
        shutil.rmtree(self.dir, ignore_errors=True)


def statutory(case):
    """What the law asks for; targets and advice are only counted."""
    return [o for o in case["obligations"] if o["kind"] == "statutory"]


def name_of(o):
    return {"authoritative_release": "权威信息发布", "press_conference": "新闻发布会",
            "public_response": "政务舆情回应", "rolling_update": "滚动发布"}[o["rule"]]


def nth_of(o, all):
    """A repeating duty stands once per release: say which it is."""
    same = [x["key"] for x in all if x["rule"] == o["rule"]]
    return f"（第 {same.index(o['key']) + 1} 次）" if len(same) > 1 else ""


def span(seconds):
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return (f"{hours}小时" if hours else "") + (f"{minutes}分" if minutes or not hours else "")


def local(text):
    t = datetime.datetime.fromisoformat(text)
    return f"{t.month}月{t.day}日 {t:%H:%M}"


def main():
    demo = Demo(sys.argv[1])
    say("时限演示：演练模式，1 小时 = 1 秒，所以消息里的分秒会有出入；地名均为虚构。\n"
        "22 时至 7 时不打扰：一般舆情的提醒到 7 时补发，Ⅰ级、Ⅱ级和已超时的照发。")
    try:
        demo.start()
        demo.summary(demo.play())
        if os.environ.get("KEEP"):
            say(f"\n仍在运行：http://127.0.0.1:{demo.port}/v1/cases"
                f"\nRedis：redis-cli -s {demo.dir}/run/redis.sock"
                f"\n收到的消息：{demo.log}\n按 Ctrl-C 结束。")
            signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        demo.stop()


if __name__ == "__main__":
    main()

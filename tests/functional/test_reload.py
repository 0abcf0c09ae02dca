"""What only the whole daemon shows of a reload and of a clock that runs faster."""

import signal

from harness import Daemon, Receiver, until


def log_count(d, words, n=1):
    until(lambda: d.log.read_text().count(words) >= n, what=f"{n} times in the log: {words}")


def listening(d):
    return (d.run / "api.sock").exists()


def reload(d, n):
    """The n-th reload of this daemon, and waits until it is done."""
    d.process.send_signal(signal.SIGHUP)
    until(lambda: d.log.read_text().count("configuration reloaded") >= n or
          "reload refused" in d.log.read_text(), what=f"reload {n}")
    assert "reload refused" not in d.log.read_text()


def test_reloads_go_on_while_a_delivery_is_always_on_its_way(tmp_path):
    receiver = Receiver(tmp_path, behaviour="slow:4")
    d = Daemon(tmp_path, {"duty": receiver.url}).start()
    try:
        for i in range(1, 41):
            assert d.event(f"flying{i}").status == 201
            reload(d, i)
        assert d.get("/readyz").status == 200
    finally:
        d.stop()
        receiver.stop()


def test_what_a_reload_does_not_reach_is_said_at_each_until_it_is_undone(tmp_path):
    d = Daemon(tmp_path).start()
    try:
        was = d.config.read_text()
        d.config.write_text(was.replace("timezone", "exercise: true\ntimezone"))
        reload(d, 1)
        log_count(d, "exercise changed", 1)
        reload(d, 2)  # nothing new in the file, and still not in force
        log_count(d, "exercise changed", 2)
        d.config.write_text(was)
        reload(d, 3)
        assert d.log.read_text().count("exercise changed") == 2
    finally:
        d.stop()


def test_an_exercise_in_a_hurry_is_kept_off_a_real_database(tmp_path):
    d = Daemon(tmp_path).start()
    try:
        case = d.event("real").json["case"]
        facts = len(d.facts(case))
        d.stop()
        d.options = ["--exercise", "--time-scale", "3600"]
        d.start(ready=False)
        log_count(d, "--time-scale 1; use another state directory")
        answer = until(lambda: listening(d) and d.local("GET", "/readyz"), what="answers")
        assert answer.status == 503
        until(lambda: b"use another state directory" in d.local("GET", "/readyz").body,
              what="the reason in /readyz")
        d.stop()
        d.options = []
        d.start()
        assert len(d.facts(case)) == facts
    finally:
        d.stop()

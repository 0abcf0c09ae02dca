"""replay and the independent oracle agree on random lives of cases: `make replay` for 100,000."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("SHIXIAN_BUILD", HERE.parents[1] / "build" / "release"))
SEEDS = int(os.environ.get("SEEDS", 3000))


def test_they_agree():
    done = subprocess.run(
        [sys.executable, str(HERE / "compare.py"), "--ctl", str(BUILD / "shixianctl"),
         "--seeds", f"0-{SEEDS - 1}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    assert f"{SEEDS} passed, 0 failed" in done.stdout

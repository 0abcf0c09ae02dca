#!/bin/sh
# demo.sh BUILD_DIR: starts shixiand with its embedded Redis and a receiver, and plays
# config/samples/story.jsonl. KEEP=1 leaves it running to look around.
set -eu
exec /usr/bin/python3 "$(dirname "$0")/demo.py" "$1"

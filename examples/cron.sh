#!/bin/sh
# Transcribes what has come into a folder since the last time. For cron:
#   30 2 * * *  /path/to/cron.sh /srv/recordings /srv/texts
# Prints nothing when all is well, so that cron sends mail only when something is not.
# GIGAAM_MODEL, GIGAAM_DEVICE and the other variables choose how; see docs/command-line.md.
set -u

recordings=${1:?usage: cron.sh RECORDINGS TEXTS}
texts=${2:?usage: cron.sh RECORDINGS TEXTS}

# Files that changed in the last minute may still be growing: they wait for the next time.
gigaam transcribe "$recordings" -o "$texts" --non-interactive --settle "${SETTLE:-60}" --quiet
code=$?

# 3 means that there is no recording yet, which is nothing to report.
[ "$code" -eq 3 ] && code=0
exit "$code"

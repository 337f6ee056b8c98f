#!/bin/sh
# Counts the words said in each recording of a folder, the most talkative first.
#   pipeline.sh FOLDER
# GIGAAM_MODEL=demo tries it with the demonstration model.
# Nothing is written beside the recordings: the texts go through pipes.
set -u

folder=${1:?usage: pipeline.sh FOLDER}

counts=$(mktemp)
failed=0
for recording in "$folder"/*; do
  name=$(basename "$recording")
  if text=$(gigaam transcribe - --quiet <"$recording"); then
    printf '%d\t%s\n' "$(printf '%s' "$text" | wc -w)" "$name"
  else
    echo "pipeline.sh: not counted: $name" >&2
    failed=1
  fi
done >"$counts"
sort -rn "$counts"
rm -f "$counts"
exit "$failed"

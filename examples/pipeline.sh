#!/bin/sh
# Counts the words said in each recording of a folder, the most talkative first.
#   pipeline.sh FOLDER
# GIGAAM_MODEL=demo tries it with the demonstration model.
# Nothing is written beside the recordings: the texts go through pipes.
set -eu

folder=${1:?usage: pipeline.sh FOLDER}

counts=$(
  for recording in "$folder"/*; do
    text=$(gigaam transcribe - --quiet <"$recording")
    printf '%d\t%s\n' "$(printf '%s' "$text" | wc -w)" "$(basename "$recording")"
  done
)
printf '%s\n' "$counts" | sort -rn

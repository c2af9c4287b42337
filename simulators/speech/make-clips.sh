#!/bin/sh
# Makes the spoken clips of the simulators and of the worker from phrases.tsv (voice, name, text), with espeak-ng and sox.
# The results are committed: nobody needs the two programs to use the simulators. Raw G.711 µ-law, 8 kHz, mono, one byte a sample.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
worker="$here/../../runtime/worker/clips"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$here/clips" "$worker"
rm -f "$here"/clips/*.ul

speak() { # voice, name, text → $work/clip.wav: 8 kHz, silence trimmed at both ends, −3 dB peak
  case $1 in
    agent) set -- "$@" en-us+f4 165 55 ;;
    person) set -- "$@" en-gb+f2 160 60 ;;
    *) set -- "$@" en-gb+m3 170 45 ;;
  esac
  espeak-ng -v "$4" -s "$5" -p "$6" -w "$work/raw.wav" "$3"
  sox -D "$work/raw.wav" -r 8000 -c 1 -b 16 "$work/clip.wav" \
    gain -3 highpass 120 silence 1 0.01 0.2% reverse silence 1 0.01 0.2% reverse pad 0.02 0.06 norm -3
}

printf '[\n' >"$work/index.json"
separator=''
while IFS='	' read -r voice name text; do
  speak "$voice" "$name" "$text"
  file="$voice-$name.ul"
  sox -D "$work/clip.wav" -t ul "$here/clips/$file"
  bytes=$(wc -c <"$here/clips/$file")
  printf '%s  { "file": "%s", "voice": "%s", "name": "%s", "ms": %d, "text": "%s" }' \
    "$separator" "$file" "$voice" "$name" "$((bytes / 8))" "$text" >>"$work/index.json"
  separator=',
'
  case $voice-$name in
    agent-apology | agent-goodbye | agent-transfer) cp "$work/clip.wav" "$worker/$name.wav" ;;
  esac
done <"$here/phrases.tsv"
printf '\n]\n' >>"$work/index.json"
mv "$work/index.json" "$here/clips/index.json"

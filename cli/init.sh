#!/bin/sh
# First process of a container. The kernel keeps from a first process every signal that it does not handle yet, and Node takes a moment to start: a pod that
# was deleted in that moment would not hear of it, and be there until its grace is over. This handles SIGTERM from its first line, and passes it on.
trap 'asked=1; [ -z "$child" ] || kill -TERM "$child"' TERM INT
asked='' child=''
switchboard "$@" <&0 &
child=$!
[ -z "$asked" ] || kill -TERM "$child"
# A signal ends the wait, too: then it is waited for again.
until wait "$child"; status=$?; ! kill -0 "$child" 2>/dev/null; do :; done
exit "$status"

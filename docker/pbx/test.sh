#!/bin/sh
# Calls through the PBX, and what has to become of each. The exit status is the number of those that
# went otherwise. PBX says where it is.
set -u
failed=0

call() { # NUMBER STATUS WHY
    if said=$(responder probe --quiet --timeout 30 --user 1000 --password sesame \
        --expect "$2" "sip:$1@${PBX:-pbx}" 2>&1); then
        echo "ok      $1 $2  $3"
    else
        failed=$((failed + 1))
        echo "FAILED  $1 $2  $3"
        echo "$said" | sed 's/^/        /'
    fi
}

call 200 200 "carrier A answers"
call 486 486 "busy is told as busy"
call 603 403 "a refusal stays one, which Asterisk tells as 403; carrier B is not asked"
call 404 404 "a number that does not exist is not tried elsewhere"
call 5550100 200 "carrier A is overloaded, carrier B takes the call"
call 5550101 486 "carrier A fails, and carrier B is busy"
exit "$failed"

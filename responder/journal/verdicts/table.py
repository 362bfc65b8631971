"""Every rule by its name, and the judging of a record by all of them.

A rule belongs to a file of its own, or of its family; adding one is its file, its test and a row
here. Documentation, schemas and reports are made from this table.
"""

from typing import Final

from responder.journal.verdicts.ack import ACK
from responder.journal.verdicts.after_failure import (
    BAD_EXTENSION,
    GLOBAL_FAILURE,
    MIN_EXPIRES,
    MIN_SE,
    REQUEST_PENDING,
)
from responder.journal.verdicts.bye import AFTER_BYE, BYE
from responder.journal.verdicts.call_id import CALL_ID
from responder.journal.verdicts.cancel import CANCEL
from responder.journal.verdicts.challenge import CHALLENGE
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.failover import FAILOVER
from responder.journal.verdicts.fields import CONTACT, CONTENT_LENGTH, MAX_FORWARDS, SIZE, VIA
from responder.journal.verdicts.giving_up import TIMER_B, TIMER_F
from responder.journal.verdicts.identity import BRANCH, CSEQ, TAGS
from responder.journal.verdicts.redirect import REDIRECT
from responder.journal.verdicts.retransmission import COPIES, TIMER_A, TIMER_E
from responder.journal.verdicts.retry_after import RETRY_AFTER
from responder.journal.verdicts.route_set import ROUTE_SET
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.session_refresh import SESSION_REFRESH
from responder.journal.verdicts.verdict import CORRECT, NOT_SEEN, WRONG, Outcome, Verdict

_RULES: Final = (
    TIMER_A,
    TIMER_B,
    TIMER_E,
    TIMER_F,
    COPIES,
    ACK,
    CANCEL,
    BYE,
    AFTER_BYE,
    ROUTE_SET,
    TAGS,
    CSEQ,
    BRANCH,
    VIA,
    MAX_FORWARDS,
    CONTACT,
    CONTENT_LENGTH,
    SIZE,
    RETRY_AFTER,
    REDIRECT,
    CHALLENGE,
    CALL_ID,
    FAILOVER,
    BAD_EXTENSION,
    MIN_EXPIRES,
    MIN_SE,
    REQUEST_PENDING,
    GLOBAL_FAILURE,
    SESSION_REFRESH,
)

RULES: Final[dict[str, Rule]] = {rule.name: rule for rule in _RULES}
"""Each rule by its name."""

_WORDS: Final[dict[str, Outcome]] = {CORRECT: "correct", WRONG: "wrong", NOT_SEEN: "not seen"}


def words(rule: Rule) -> dict[str, Outcome]:
    """Return the words that an expectation may use for an outcome of a rule, and their meaning.

    ``not-seen`` may be written with a space too. Some rules have another word for ``correct``, such
    as ``honoured``.
    """
    found: dict[str, Outcome] = {**_WORDS, "not-seen": "not seen"}
    if rule.word:
        found[rule.word] = "correct"
    return found


def judge(evidence: Evidence) -> dict[str, Verdict]:
    """Return the verdict of every rule on the caller of a record, in the table's order."""
    return {name: rule.verdict(evidence) for name, rule in RULES.items()}

"""What a caller did right and wrong, read out of the record of its calls. Pure.

`judge` takes an `Evidence`: a record, the `Attempts` of its journal, and the present. Nothing is
computed before it is asked for.
"""

from responder.journal.verdicts.attempts import Attempts
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.table import RULES, judge, words
from responder.journal.verdicts.verdict import Finding, Verdict

__all__ = ["RULES", "Attempts", "Evidence", "Finding", "Verdict", "judge", "words"]

"""What a person sees."""

import re
import time
from collections.abc import Iterator

import pytest

from responder import __version__
from responder.cli.console import NARROWEST_PARTY, Console
from responder.cli.log import BUSY, Start, Stop
from responder.report.verdicts import faults_of

"""What is said when an engine on another machine can't do something, or fails.

Two kinds: sentences that stand by themselves (why something is missing), and clauses that end the sentence of an
error ("The answer of … broke off: …").
"""

from __future__ import annotations

from typing import Final

from components.core.errors import Reason
from components.core.i18n import N_
from components.engines.capabilities import Feature
from components.engines.local_limits import ONE_ANSWER

NO_BEAMS: Final = Reason(N_("The service draws its tokens one after the other; it does not search with beams."))
TOP_ONLY: Final = Reason(N_("A service reports at most the likeliest tokens, not the whole distribution."))
NO_PREFIX: Final = Reason(
    N_("The service takes text, not tokens, so an answer cannot be continued from its exact tokens.")
)
NO_COUNT: Final = Reason(N_("The service does not count the tokens of a prompt before it answers."))
NO_PROBABILITIES: Final = Reason(N_("The service sends no probabilities with its answer."))
NO_CONVERSATIONS: Final = Reason(N_("This endpoint continues texts; it takes no conversations."))
NO_CONTINUATION: Final = Reason(N_("The service answers turns of a conversation; it does not continue a text."))
NO_REGION: Final = Reason(N_("No AWS region is set for this dashboard."))
ONE_PIECE: Final = Reason(N_("The service gives its answer in one piece, when it is complete."))
REFUSED: Final = Reason(N_("The server refused this setting, so it is left out from now on."))
VALUE_REFUSED: Final = Reason(N_("The server refused this value, so it was left out."))
SETTING_REFUSED: Final = Reason(N_("The service refused it, alone or together with another setting."))

CLOSED: Final = Reason(N_("the connection was closed before the answer was complete"))
SILENT: Final = Reason(N_("there was no answer for a long time"))
REPORTED: Final = Reason(N_("the service reported an error while it wrote"))
FAILED: Final = Reason(N_("the service reported an internal error"))
OVERLOADED: Final = Reason(N_("the service is overloaded"))
UNREADABLE: Final = Reason(N_("the answer was not in the expected form"))
TOO_LONG: Final = Reason(N_("the prompt is too long for this model"))
NOT_READY: Final = Reason(N_("the model is not ready yet"))
NEEDS_PROFILE: Final = Reason(
    N_("the model is available only through an inference profile, and no profile for it was found here")
)
TURNS: Final = Reason(N_("messages of the user and of the model have to alternate"))
OUT_OF_MEMORY: Final = Reason(N_("the server has too little memory for this"))
NOT_TAKEN: Final = Reason(N_("the service does not take this request"))

NEVER: Final[dict[Feature, Reason]] = {
    "n": ONE_ANSWER,
    "beam": NO_BEAMS,
    "beam_sample": NO_BEAMS,
    "full_distribution": TOP_ONLY,
    "prefix": NO_PREFIX,
}
"""What no service does."""


def no_setting(service: str) -> Reason:
    """Return the sentence that a service has no such setting."""
    return Reason(N_("{service} has no such setting."), {"service": service})


def status(code: int) -> Reason:
    """Return the clause that a server answered with an HTTP status."""
    return Reason(N_("it answered with status {code}"), {"code": code})


def not_installed(package: str) -> Reason:
    """Return the sentence that a package is missing."""
    return Reason(N_("The package {package} is not installed."), {"package": package})

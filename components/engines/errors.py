"""What can go wrong when text is generated, as one tree, the same for every engine.

    VisitorError
    └── GenerationError
        ├── RequestError                the request cannot be run as it stands; nothing was sent or computed
        │   ├── OutOfRange                  a setting has a value that is not allowed
        │   ├── NotSupported                this engine or model cannot do it, with the reason
        │   ├── EmptyPrompt                 there is nothing to continue, and the model has no start token
        │   ├── UnreadableText              half a character, which no tokenizer can read
        │   ├── ContextTooLong              more tokens than the model can look at
        │   └── ChatRefused                 the model's chat template does not take this conversation
        ├── Throttled                   the service asks for fewer requests
        ├── Denied                      the service does not let this deployment in
        │   ├── QuotaUsedUp                 what it may use is used up
        │   ├── AccessDenied                it may not use this model
        │   └── CredentialsExpired          its credentials are too old
        ├── EngineError                 the engine failed
        │   ├── EngineUnavailable           it cannot run here at all, with the reason
        │   ├── Unreachable                 its server cannot be reached
        │   ├── UnknownRemoteModel          the server does not have the model
        │   ├── CutMidStream                the answer broke off; what has arrived is kept
        │   └── EngineFault                 anything else it reports
        ├── Ended                       it was told to end; what has arrived is kept
        │   ├── Withdrawn                   by the operator of the dashboard
        │   └── ServerStops                 by the server, which stops itself
        └── Cancelled                   the visitor stopped the run

Beside it `components.models.errors.Busy`: the line in front of a model is too long.

Tokens that were streamed before an error stay valid: the page that shows them keeps them.

A message never carries what a server sent word for word unless it was checked for credentials: `reason` values are
words of ours or a bare status. The server's own words are in `report`, for the operator's log.
"""

from __future__ import annotations

from collections.abc import Mapping

from components.core.errors import VisitorError
from components.core.i18n import N_


class GenerationError(VisitorError):
    """Text could not be generated, or not to its end.

    Attributes
    ----------
    report
        What a service said of it: status, code, message. Keys and prompts are masked. It is logged, never shown.
    """

    report: Mapping[str, object] | None = None


class RequestError(GenerationError):
    """The request cannot be run as it stands; nothing was sent or computed."""


class OutOfRange(RequestError):
    """A setting has a value that is not allowed. Values: `setting`, `value`, `allowed`."""

    template = N_("{setting} = {value} is not allowed.")
    advice = N_("Allowed: {allowed}.")


class NotSupported(RequestError):
    """The engine or the model cannot do it. Values: `model`, `feature`, `reason`."""

    template = N_("“{model}” cannot do this ({feature}). {reason}")
    advice = N_("Change that setting, or choose another model.")


class EmptyPrompt(RequestError):
    """There is nothing to continue. Value: `model`."""

    template = N_("The prompt is empty, and “{model}” has no token that starts a text.")
    advice = N_("Type a few words.")


class UnreadableText(RequestError):
    """The text holds half a character (a lone surrogate). Value: `position`, 0-based."""

    template = N_("The text has a damaged character at position {position}, which cannot be written in UTF-8.")
    advice = N_("Delete it or type it again.")


class ContextTooLong(RequestError):
    """The prompt leaves no room for a new token. Values: `tokens`, `most`."""

    template = N_(
        "The prompt has {tokens} tokens. This model can hold at most {most}, including the text that it writes."
    )
    advice = N_("Shorten the prompt.")


class ChatRefused(RequestError):
    """The model's chat template does not take this conversation. Values: `model`, `reason`."""

    template = N_("The chat template of “{model}” does not take this conversation: {reason}")
    advice = N_("Start with a message of yours, then alternate with the model.")


class Throttled(GenerationError):
    """The service asks for fewer requests. Value: `engine`."""

    template = N_("{engine} received too many requests in a short time.")
    advice = N_("Wait a minute and try again. Nothing is sent again automatically.")


class Denied(GenerationError):
    """The service does not let this deployment in."""


class QuotaUsedUp(Denied):
    """What the deployment may use of the service is used up. Value: `engine`."""

    template = N_("The quota of this dashboard at {engine} is used up.")
    advice = N_("Waiting a minute does not help. Tell the operator of the dashboard; a local model works meanwhile.")


class AccessDenied(Denied):
    """The deployment may not use this model. Values: `engine`, `model`."""

    template = N_("{engine} does not let this dashboard use “{model}”.")
    advice = N_("Choose another model, or ask the operator of the dashboard to request access.")


class CredentialsExpired(Denied):
    """The deployment's credentials are too old, or there are none. Value: `engine`."""

    template = N_("The credentials of this dashboard for {engine} are missing or have expired.")
    advice = N_("Tell the operator of the dashboard; a local model works meanwhile.")


class EngineError(GenerationError):
    """The engine failed."""


class EngineUnavailable(EngineError):
    """The engine cannot run here. Values: `engine`, `reason`."""

    template = N_("{engine} cannot be used here. {reason}")
    advice = N_("Choose another engine; transformers always works.")


class Unreachable(EngineError):
    """The server cannot be reached. Values: `engine`, `host`."""

    template = N_("{engine} cannot be reached: no answer from {host}.")
    advice = N_("Check that the server runs and that the network lets this machine reach it.")


class UnknownRemoteModel(EngineError):
    """The server does not have the model. Values: `engine`, `model`."""

    template = N_("{engine} has no model “{model}” here.")
    advice = N_("Choose another model or region.")


class CutMidStream(EngineError):
    """The answer broke off. Values: `engine`, `reason`."""

    template = N_("The answer of {engine} broke off: {reason}.")
    advice = N_("What has arrived is kept. You can continue from there or try again.")


class EngineFault(EngineError):
    """Anything else the engine reports. Values: `engine`, `reason`."""

    template = N_("{engine} failed: {reason}.")
    advice = N_("Try again; if it happens again, choose another model.")


class Ended(GenerationError):
    """It was told to end; what has arrived is kept."""


class Withdrawn(Ended):
    """The operator of the dashboard ended it."""

    template = N_("The operator of this dashboard ended this run.")
    advice = N_("The text written so far is kept. Ask the operator before you start it again.")


class ServerStops(Ended):
    """The server stops, mostly to start again with something new."""

    template = N_("This dashboard is being restarted, so the run was ended.")
    advice = N_("The text written so far stays on this page. Copy it if you need it, and continue in a minute.")


class Cancelled(GenerationError):
    """The visitor stopped the run."""

    template = N_("Stopped.")

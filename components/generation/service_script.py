"""An answer of a service as a Python script: the same call, sent with the service's own client.

What comes back may differ from run to run, so unlike the script of a model in this process (components.generation.
script) it gives no step back. Addresses and keys stay with who has them: the clients read them from the environment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any, Final

from components.core.i18n import N_, _
from components.engines.contract import EngineName, Request
from components.engines.remote import bedrock_wire, openai_wire, sagemaker_text


@dataclass(frozen=True)
class _Export:
    """How a call to one kind of service is exported: what its script needs, and the cell that sends the call."""

    needs: str
    call: Callable[[str, Request, int], str]


def service_script(engine: EngineName, model: str, request: Request, *, thinking_tokens: int = 0) -> str:
    """Return the Python text, with the explanations in the visitor's language.

    For an engine that has no export, the text says so.

    Parameters
    ----------
    thinking_tokens
        How many tokens the model may think beside its answer.
    """
    title = _("# The same call to {model}").format(model=model)
    export = EXPORTS.get(engine)
    if export is None:
        missing = _("The engine “{engine}” has no script or notebook yet. The data (JSON) has its text and numbers.")
        return _markdown_cell(f"{title}\n{missing.format(engine=engine)}") + "\n"
    cells = [_markdown_cell(f"{title}\n{_(export.needs)}\n\n" + _("A service may answer differently each time."))]
    cells.append(export.call(model, request, thinking_tokens))
    cells.append(
        '# %%\nprint(text)\nresult = {"text": text, "steps": [], '
        '"usage": {"input_tokens": read, "output_tokens": written}}'
    )
    return "\n\n".join(cells) + "\n"


def _markdown_cell(prose: str) -> str:
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in prose.split("\n"))


def _openai(model: str, request: Request, thinking_tokens: int) -> str:
    sent = openai_wire.fields(request, candidates=0, thinking_tokens=thinking_tokens)
    is_chat = request.mode == "chat"
    given = f"messages={openai_wire.messages(request)!r}" if is_chat else f"prompt={request.prompt!r}"
    kind, said = ("chat.completions", "message.content") if is_chat else ("completions", "text")
    return f"""\
# %%
from openai import OpenAI

SETTINGS = {_written(sent, without=("messages", "prompt", "model", "stream", "stream_options"))}
answer = OpenAI().{kind}.create(model={model!r}, {given}, extra_body=SETTINGS)
text = answer.choices[0].{said} or ""
read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens"""


def _bedrock(model: str, request: Request, thinking_tokens: int) -> str:
    return f"""\
# %%
import boto3

REQUEST = {_written(bedrock_wire.body(request, model, thinking_tokens=thinking_tokens))}
answer = boto3.client("bedrock-runtime").converse(modelId={model!r}, **REQUEST)
text = "".join(part.get("text", "") for part in answer["output"]["message"]["content"])
read, written = answer["usage"]["inputTokens"], answer["usage"]["outputTokens"]"""


def _sagemaker(model: str, request: Request, thinking_tokens: int) -> str:
    if request.mode == "chat":
        sent = openai_wire.fields(request, candidates=0, thinking_tokens=thinking_tokens)
        said = 'answer["choices"][0]["message"]["content"]'
    else:
        sent = sagemaker_text.body(request, stream=False)
        said = '(answer[0] if isinstance(answer, list) else answer)["generated_text"]'
    return f"""\
# %%
import json

import boto3

REQUEST = {_written(sent, without=("stream", "stream_options"))}
answer = boto3.client("sagemaker-runtime").invoke_endpoint(
    EndpointName={model!r}, ContentType="application/json", Body=json.dumps(REQUEST).encode()
)
answer = json.loads(answer["Body"].read())
text = {said}
read = written = None  # this form of answer does not count"""


EXPORTS: Final[Mapping[EngineName, _Export]] = {
    "openai": _Export(
        N_("Needs openai (`pip install openai`), and the variables `OPENAI_BASE_URL` and `OPENAI_API_KEY`."), _openai
    ),
    "bedrock": _Export(N_("Needs boto3 (`pip install boto3`) and AWS credentials. Each run costs money."), _bedrock),
    "sagemaker": _Export(
        N_("Needs boto3 (`pip install boto3`) and AWS credentials. The endpoint costs money while it is up."),
        _sagemaker,
    ),
}
"""One for each engine on another machine; the engines in this process have scripts of their own."""


def _written(sent: Mapping[str, Any], *, without: tuple[str, ...] = ()) -> str:
    """Return a request as Python. `pformat` writes strings with `repr`: no text of a visitor becomes code."""
    return pformat({name: value for name, value in sent.items() if name not in without}, width=110, sort_dicts=False)

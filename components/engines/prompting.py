"""From what a visitor typed to the token ids a model reads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from components.engines.contract import Request
from components.engines.errors import ChatRefused, EmptyPrompt
from components.models.tokenization import SharedTokenizer


@dataclass(frozen=True)
class ChatTemplate:
    """How a model wants a conversation written: a Jinja template, and the special tokens it may name."""

    source: str
    special_tokens: dict[str, str] = field(default_factory=dict)

    def render(self, request: Request, *, model: str) -> str:
        """Write a conversation, up to where the model's answer begins.

        Raises
        ------
        ChatRefused
            If the template does not take it, for example because two turns of one side follow each other.
        """
        from jinja2 import TemplateError
        from transformers.utils.chat_template_utils import render_jinja_template

        conversation = [{"role": message.role, "content": message.text} for message in request.messages]
        try:
            # transformers renders in a sandbox: a template comes with the weights and is a stranger's program.
            rendered, _ = render_jinja_template(
                [conversation], chat_template=self.source, add_generation_prompt=True, **self.special_tokens
            )
        except (TemplateError, TypeError, ValueError) as error:
            raise ChatRefused(model=model, reason=error) from error
        return str(rendered[0])


def chat_template(folder: Path) -> ChatTemplate | None:
    """Return the chat template of a model folder, None if it has none: the model was not trained on conversations."""
    config = _tokenizer_config(folder)
    file = folder / "chat_template.jinja"
    source = file.read_text("utf-8") if file.is_file() else config.get("chat_template")
    if not isinstance(source, str):
        return None
    return ChatTemplate(source, {name: _token_text(config.get(name)) for name in ("bos_token", "eos_token")})


def prompt_ids(
    tokenizer: SharedTokenizer,
    request: Request,
    *,
    model: str,
    template: ChatTemplate | None = None,
    start_id: int | None = None,
) -> tuple[int, ...]:
    """Return the ids a model reads for a request, without its `prefix`.

    Parameters
    ----------
    tokenizer
        The model's.
    model
        Its id, for messages.
    template
        How it wants conversations written; needed in mode "chat".
    start_id
        The token that starts a text, read if there is nothing else to read.

    Raises
    ------
    EmptyPrompt
        If there is nothing to read and no start token.
    ChatRefused
        If the model's template does not take the conversation.
    """
    if request.mode == "chat" and template is not None:
        # The template writes the special tokens itself.
        ids = tokenizer.encode(template.render(request, model=model), add_special_tokens=False).ids
    else:
        ids = tokenizer.encode(request.prompt).ids
    if ids:
        return tuple(ids)
    if start_id is None:
        raise EmptyPrompt(model=model)
    return (start_id,)


def word_pieces(tokenizer: SharedTokenizer, text: str, word: str) -> tuple[int, ...]:
    """Return the tokens that a word has as the continuation of a text.

    A space is put between the two if there is none, and spaces around the word do not count.

    Where tokens cross the border (a text that ends in half a word), the word is taken alone, as a continuation that
    a model writes never changes the tokens before it.
    """
    before = tokenizer.encode(text, add_special_tokens=False).ids
    word = word.strip() or word
    spaced = word if not text or text[-1].isspace() else f" {word}"
    together = tokenizer.encode(text + spaced, add_special_tokens=False).ids
    if together[: len(before)] == before and len(together) > len(before):
        return tuple(together[len(before) :])
    return tuple(tokenizer.encode(spaced, add_special_tokens=False).ids)


def _tokenizer_config(folder: Path) -> dict[str, object]:
    try:
        config = json.loads((folder / "tokenizer_config.json").read_bytes())
    except (OSError, ValueError):
        return {}  # it is not needed for anything but this
    return config if isinstance(config, dict) else {}


def _token_text(token: object) -> str:
    """Return a special token as text; older files write it with its settings around it."""
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) else ""

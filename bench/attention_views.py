"""Bytes sent for each view, beside BertViz's own HTML for the same input, and the time until Chromium has drawn it.

    python -m bench.attention_views [tokens ...] [--write FILE]

Weights are those of the embedded BERT, its six layers taken twice to make twelve by twelve heads. Queries and keys are
as wide as BERT's (64). BertViz's own HTML is measured, not drawn: it needs a network.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from bertviz import head_view as plain_head_view
from playwright.sync_api import Browser, sync_playwright

from bench import report
from components.attention import bertviz_html
from components.attention.bertviz_html import Labels
from components.attention.capture import capture
from components.attention.token_labels import token_labels
from components.models import loaders, runtime
from components.models.loaders import LoadedModel
from components.models.registry import DEFAULT_ENCODER, record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from components.ui.tensor_view.packing import Scene, Token, pack_body, pack_exact, pack_scene
from tests.browser import chromium

LENGTHS = (16, 64, 128, 512)
TEXT = "I read a good novel, and the cat sat on the mat because it was tired of the long way home. " * 40
DIMENSIONS = 64
GOAL_MB = {64: 0.6, 128: 2.0}


def model() -> LoadedModel:
    runtime.prepare()
    found = record(DEFAULT_ENCODER)
    folder = local_folder(found)
    return loaders.load_masked_lm(found, folder, tokenizer=SharedTokenizer(load_tokenizer(folder)))


def text_of(loaded: LoadedModel, tokens: int) -> str:
    """Return as many words as fit into so many tokens."""
    words = TEXT.split(" ")
    return next(
        " ".join(words[:count]) for count in range(len(words), 0, -1)
        if len(loaded.tokenizer.encode(" ".join(words[:count])).ids) <= tokens
    )  # fmt: skip


def attention(loaded: LoadedModel, tokens: int) -> tuple[Any, list[str]]:
    """Return weights `[12, 12, query, key]` and labels of a text of so many tokens."""
    found = capture(loaded, text_of(loaded, tokens)).main
    return np.concatenate([found.weights, found.weights]), token_labels(found.query_tokens)


def bertviz_pages(weights: Any, labels: list[str]) -> Iterator[tuple[str, Callable[[], str]]]:
    """Return each view that is drawn at this length, as the page draws it: a window of a long text, some layers."""
    most = bertviz_html.MOST_TOKENS
    cut, names = weights[:, :, :most, :most], labels[:most]
    sides = Labels(names, names)
    vectors = np.random.default_rng(0).normal(size=(12, len(names), DIMENSIONS)).astype(np.float32)
    at_once = max(1, bertviz_html.MOST_LINES // max(bertviz_html.lines(layer) for layer in cut))
    layers = range(min(at_once, len(cut)))
    note = f", tokens 0-{most - 1}" if len(labels) > most else ""
    yield f"head view (1 layer, 12 heads{note})", lambda: bertviz_html.head_view(cut[3], sides, layer=3).html
    yield "model view (12 x 12, bytes only)", lambda: bertviz_html.model_view(cut, sides, layers=range(12)).html
    yield (
        f"model view ({len(layers)} x 12{note})",
        lambda: bertviz_html.model_view(cut[: len(layers)], sides, layers=layers).html,
    )
    yield (
        f"neuron view (1 layer, 12 heads{note})",
        lambda: bertviz_html.neuron_view(cut[3], vectors, vectors, sides, layer=3, head=1, causal=False).html,
    )


def charts(weights: Any, labels: list[str]) -> Iterator[tuple[str, int]]:
    """Return the bytes that the heads in the browser are sent as."""
    tokens = [Token(label) for label in labels]
    modes = [("text", "Text"), ("one", "Heatmap")]
    scene = Scene(
        kind="attention",
        title="t",
        body=pack_body(weights),
        rows=tokens,
        columns=tokens,
        row_title="q",
        column_title="k",
        words={},
        modes=modes,
    )
    yield "tensor view (12 x 12)", len(pack_scene(scene, {}))
    yield "exact numbers of a head that comes later", len(pack_exact(weights[3, 1], view="", scene="", flat_head=37))


def seconds_to_draw(browser: Browser, html: str) -> float:
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.set_default_timeout(180_000)
    start = time.perf_counter()
    page.set_content(html)
    page.wait_for_selector("html[data-drawn]", state="attached")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    elapsed = time.perf_counter() - start
    page.close()
    return elapsed


def plain_bytes(weights: Any, labels: list[str]) -> int | None:
    """Return the size of BertViz's own page for all layers; above 128 tokens it would be gigabytes."""
    if len(labels) > bertviz_html.MOST_TOKENS:
        return None
    layers = [torch.from_numpy(layer.astype(np.float32))[None] for layer in weights]
    return len(plain_head_view(layers, labels, html_action="return").data.encode())


def goal(size_bytes: int, tokens: int) -> str:
    most = GOAL_MB[64] if tokens <= 64 else GOAL_MB[128]
    return "met" if size_bytes / 1e6 <= most else "missed"


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("tokens", type=int, nargs="*", default=LENGTHS)
    options = parser.parse_args()
    path = chromium.executable()
    loaded = model()
    found = report.Report(
        "Attention: bytes sent and time to draw",
        note=f"12 x 12 heads. Goal: every view at most {GOAL_MB[64]} MB at 64 tokens, {GOAL_MB[128]} MB above.",
    )
    found.row("tokens", "view", "MB sent", "s to draw", "goal")
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright, path) if path else None
        for tokens in options.tokens:
            weights, labels = attention(loaded, tokens)
            for name, size in charts(weights, labels):
                found.row(len(labels), name, f"{size / 1e6:.3f}", "", goal(size, len(labels)))
            for name, make in bertviz_pages(weights, labels):
                html = make()
                size = len(html.encode())
                took = f"{seconds_to_draw(browser, html):.2f}" if browser and "only" not in name else ""
                found.row(len(labels), name, f"{size / 1e6:.3f}", took, goal(size, len(labels)))
            plain = plain_bytes(weights, labels)
            shown = "too large to make" if plain is None else f"{plain / 1e6:.3f}"
            found.row(len(labels), "BertViz itself, head or model view (12 x 12)", shown, "", "")
    found.publish(options.write)


if __name__ == "__main__":
    main()

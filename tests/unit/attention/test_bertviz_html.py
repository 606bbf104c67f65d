"""BertViz's views as pages: nothing is fetched, nothing is executed but what is ours, and the numbers arrive."""

import base64
import json
import re
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.attention import bertviz_html
from components.attention.bertviz_html import BertvizPage, Labels, head_view, model_view, neuron_view

HOSTILE = "</script><img src=x onerror=alert(1)>"
GOAL_BYTES = {64: 600_000, 128: 2_000_000}


def softmax_rows(shape, *, sharpness, seed=0):
    scores = np.random.default_rng(seed).normal(size=shape) * sharpness
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def document(page: BertvizPage):
    found = re.search(r'<script type="application/json" id="input">(.*?)</script>', page.html, re.DOTALL)
    return json.loads(found[1])


def numbers(packed):
    dtype = np.int8 if packed["signed"] else np.uint8
    raw = np.frombuffer(zlib.decompress(base64.b64decode(packed["data"])), dtype).reshape(packed["shape"])
    return raw * np.array(packed["steps"])[:, :, None, None]


def every_view(weights, labels):
    rng = np.random.default_rng(1)
    queries, keys = (rng.normal(size=(weights.shape[1], len(side), 32)) for side in (labels.queries, labels.keys))
    return {
        "head": head_view(weights[0], labels, layer=0),
        "model": model_view(weights, labels, layers=range(len(weights))),
        "neuron": neuron_view(weights[0], queries, keys, labels, layer=0, head=0, causal=False),
    }


@pytest.fixture(scope="module")
def small_pages():
    return every_view(
        softmax_rows((2, 3, 4, 4), sharpness=1), Labels(["a", "b", "c", HOSTILE], ["a", "b", "c", HOSTILE])
    )


@pytest.mark.parametrize("view", ["head", "model", "neuron"])
def test_no_address_outside_the_page_is_left_in_what_runs(small_pages, view):
    page = small_pages[view]
    assert not re.search(r"https?://", page.html)
    scripts = [zlib.decompress(base64.b64decode(text)).decode() for text in document(page)["scripts"]]
    # d3 and jQuery name their own sites and XML name spaces, in strings and comments; none of them loads a file
    assert not re.search(r"(src|href)\s*=\s*[\"']https?://", "".join(scripts))


@pytest.mark.parametrize("view", ["head", "model", "neuron"])
def test_a_token_cannot_end_the_script_it_travels_in(small_pages, view):
    page = small_pages[view]
    assert HOSTILE not in page.html
    assert "onerror" in page.html, "the token itself is there, as data"
    assert page.html.count("</script>") == 2, "the data and boot.js, nothing a token closed"
    attention = document(page)["params"]["attention"]
    part = attention["all"] if view == "neuron" else attention[0]
    assert part["left_text"][3] == HOSTILE


@settings(max_examples=25)
@given(label=st.text(max_size=20))
def test_any_label_arrives_as_it_is(label):
    page = head_view(np.ones((1, 1, 1)), Labels([label], [label]), layer=0)
    assert document(page)["params"]["attention"][0]["left_text"] == [label]
    assert page.html.count("</script>") == 2


def test_weights_arrive_within_half_a_step():
    weights = softmax_rows((2, 3, 9, 9), sharpness=2)
    arrived = numbers(
        document(model_view(weights, Labels("abcdefghi", "abcdefghi"), layers=[4, 5]))["arrays"]["attention"]
    )
    assert np.abs(arrived - weights).max() <= 0.5 / 255 + 1e-7


def test_queries_and_keys_arrive_within_half_a_step_of_their_head():
    rng = np.random.default_rng(0)
    queries = rng.normal(size=(2, 5, 8)) * np.array([1, 100])[:, None, None]
    weights = softmax_rows((2, 5, 5), sharpness=1)
    page = neuron_view(weights, queries, queries, Labels("abcde", "abcde"), layer=3, head=1, causal=True)
    arrived = numbers(document(page)["arrays"]["queries"])[0]
    half_steps = np.abs(queries).max(axis=(1, 2)) / 127 / 2
    assert (np.abs(arrived - queries).max(axis=(1, 2)) <= half_steps * 1.001).all(), "each head has its own step"


def test_a_foreign_scaling_is_put_into_the_queries():
    queries, keys = np.full((1, 1, 4), 2.0), np.full((1, 1, 4), 3.0)
    page = neuron_view(np.ones((1, 1, 1)), queries, keys, Labels("a", "a"), layer=0, head=0, causal=False, scaling=1.0)
    arrays = document(page)["arrays"]
    shown = (numbers(arrays["queries"]) * numbers(arrays["keys"])).sum() / np.sqrt(4)  # as neuron_view.js computes it
    assert shown == pytest.approx(2 * 3 * 4 * 1.0)


def test_the_layer_and_heads_asked_for_are_the_ones_shown_first():
    weights, labels = softmax_rows((12, 4, 4), sharpness=1), Labels("abcd", "abcd")
    params = document(head_view(weights, labels, layer=7, heads=[11]))["params"]
    assert (params["layer"], params["include_layers"], params["heads"]) == (7, [7], [11])
    page = neuron_view(weights, weights, weights, labels, layer=7, head=11, causal=False)
    assert (document(page)["layer"], document(page)["params"]["head"]) == (7, 11)


@pytest.mark.parametrize("view", ["head", "model", "neuron"])
def test_a_pair_can_be_filtered_from_one_text_to_the_other(view):
    labels = Labels("abcde", "abcde", second_from=2)
    attention = document(every_view(softmax_rows((1, 2, 5, 5), sharpness=1), labels)[view])["params"]["attention"]
    parts = attention.values() if view == "neuron" else attention
    spans = sorted((part["span"]["queries"], part["span"]["keys"]) for part in parts)
    assert spans == sorted([([0, 5], [0, 5])] + [(a, b) for a in ([0, 2], [2, 5]) for b in ([0, 2], [2, 5])])
    for part in parts:
        (first, last), (left, right) = part["span"]["queries"], part["span"]["keys"]
        assert list("abcde"[first:last]) == list(part["left_text"])
        assert list("abcde"[left:right]) == list(part["right_text"])


def test_cross_attention_has_the_decoder_on_the_left():
    weights = softmax_rows((1, 2, 3, 5), sharpness=1)
    for page in (
        head_view(weights[0], Labels("xyz", "abcde"), layer=0),
        model_view(weights, Labels("xyz", "abcde"), layers=[0]),
    ):
        (part,) = document(page)["params"]["attention"]
        assert (part["left_text"], part["right_text"]) == (list("xyz"), list("abcde"))


@pytest.mark.parametrize(("tokens", "sharpness"), [(64, 0.0), (64, 1.0), (64, 3.0), (64, 10.0), (128, 1.0)])
def test_twelve_by_twelve_heads_stay_small_however_they_attend(tokens, sharpness):
    weights = softmax_rows((12, 12, tokens, tokens), sharpness=sharpness)
    labels = Labels(["token"] * tokens, ["token"] * tokens)
    for view, page in every_view(weights, labels).items():
        assert len(page.html.encode()) <= GOAL_BYTES[tokens], view


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="labels are"):
        head_view(np.ones((1, 2, 2)) / 2, Labels("ab", "abc"), layer=0)


def test_more_tokens_than_can_be_drawn_are_refused():
    count = bertviz_html.MOST_TOKENS + 1
    with pytest.raises(ValueError, match="show a part"):
        head_view(np.ones((1, count, count)) / count, Labels("a" * count, "a" * count), layer=0)


def test_lines_are_counted_as_they_are_drawn():
    weights = np.array([[0.0, 0.5 / 255 - 1e-6], [0.5 / 255 + 1e-6, 1.0]])
    assert bertviz_html.lines(weights) == 2

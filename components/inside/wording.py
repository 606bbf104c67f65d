"""What operations are called on the screen, and how their numbers are said."""

from __future__ import annotations

from typing import Final

from components.core.i18n import N_, _

TITLES: Final = {
    "below": N_("The vector below"),
    "normed": N_("Normed"),
    "ids": N_("The token's id"),
    "query": N_("Query of this token"),
    "key": N_("Keys of all tokens"),
    "value": N_("Values of all tokens"),
    "query_normed": N_("Query, normed"),
    "key_normed": N_("Keys, normed"),
    "query_turned": N_("Query, turned by its position"),
    "key_turned": N_("Keys, turned by their positions"),
    "scores": N_("Scores: query times key"),
    "bias": N_("The bias for each distance"),
    "biased": N_("Plus a bias for the distance"),
    "capped": N_("Capped"),
    "masked": N_("Mask: no look at later tokens"),
    "weights": N_("Softmax: shares that sum to 1"),
    "mixed": N_("Values, weighted by the shares"),
    "written": N_("Times the output matrix: what this head adds"),
    "projected": N_("All heads together"),
    "added": N_("What is added to the stream"),
    "sum": N_("The sum"),
    "x": N_("The vector after it"),
    "up": N_("Neurons: up"),
    "gate": N_("Neurons: gate"),
    "neurons": N_("Neurons after the activation"),
    "token_vectors": N_("The row of this token in the table"),
    "position_vectors": N_("The row of this position"),
    "segment_vectors": N_("The row of this segment"),
    "final": N_("The final norm"),
    "final_scaled": N_("Scaled"),
    "transform.dense": N_("Output layer: a linear map"),
    "transform.activation": N_("Output layer: activation"),
    "transform.norm": N_("Output layer: norm"),
    "rows": N_("Rows of the table of all tokens: the best ones"),
    "logits.uncapped": N_("Scores before the cap"),
    "logits": N_("Scores: vector times row"),
    "probabilities": N_("Softmax over all tokens"),
}


def browser_sentences() -> dict[str, str]:
    """Return the sentences of an operation, which the browser fills in."""
    return {
        "heads": _("Where each head looks"),
        "head": _("head {head}"),
        "share": _("Head {head}: {share} from “{token}”"),
        "choose_head": _("Click a head to see what it does."),
        "head_writes": _("What head {head} adds to the scores"),
        "neurons": _("The neurons that add most, and what they add to the scores"),
        "up": _("raised most"),
        "down": _("lowered most"),
        "stream": _("The stream at this token"),
        "stream_below": _("before adding"),
        "stream_added": _("+ added"),
        "stream_x": _("= after"),
        "stream_sum": _("= sum"),
        "stream_normed": _("after the norm"),
        "numbers": _("The numbers, with formulas"),
        "numbers_in": _("{rows} × {columns} numbers; arrow keys read them"),
        "table": _("As a table"),
        "error": _("Recomputed from its inputs with NumPy: off by at most {error} of the largest number."),
        "exact": _("Recomputed from its inputs with NumPy: exactly the same numbers."),
        "say_scores": _(
            "s({label}) = {value}: {products}, {count} products, sum {sum}; times {scaling} gives {again}."
        ),
        "say_mix": _("z[{column}] = {value}: {products} + … = {again}."),
        "say_softmax": _("a({label}) = {value}: e^({score} − {most}) / {sum} = {again}."),
        "say_probability": _("p({label}) = {value}: e to the score, divided by the sum over all tokens."),
        "say_sum": _("{symbol}[{column}] = {parts} = {again}."),
        "say_norm": _("Entry {column}: {input}; mean {mean}, spread {spread}. Normed, scaled and shifted: {value}."),
        "say_activation": _("Neuron {column}: {inputs} in, {value} out."),
        "say_seen": _("“{label}” may be looked at: the score stays {value}."),
        "say_hidden": _("“{label}” comes later: its score is −∞, its share will be 0."),
        "say_logit": _("Score of “{label}” = {value}: {products}, {count} products, sum {again} (without a bias)."),
        "say_linear": _("{symbol}[{column}] = {value}: {count} products of the input with column {column} of W."),
        "say_linear_of": _(
            "{symbol}[{column}] of “{token}” = {value}: {count} products of its vector with column {column} of W."
        ),
        "say_lookup": _("Entry {column} of the row: {value}."),
        "say_value": _("Entry {column}: {value}."),
    }

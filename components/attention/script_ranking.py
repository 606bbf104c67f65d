"""The ranking of all heads in the exported script; it follows `components.attention.script_views.without_heads`."""

from __future__ import annotations

from components.attention.head_ranking import HeadRanking
from components.attention.script_views import Addition
from components.core.i18n import _


def ranking_of_heads(ranking: HeadRanking) -> Addition:
    """Rank all heads over the texts of the page and the visitor's own; follows `without_heads`."""
    rows = "".join(
        f'    {{"ids": {list(given.ids)}, "position": {position}, "own": {given is ranking.inputs[-1]}}},\n'
        for given, position in zip(ranking.inputs, ranking.positions, strict=True)
    )
    return Addition(
        prose=_(
            "Which heads matter? Each is switched off alone, in every text, and the order is that of the mean over the "
            "texts that come with the page. The intervals are bootstraps over these texts."
        ),
        code=f"""\
# %%
TEXTS = [
{rows}]
shape, switched_off = weights.shape[:2], []  # layers and heads; all of them on again
every = [heads_say(text["ids"]) for text in TEXTS[:-1]] if REPLACEMENT == "resample" else []


def effects(number):
    global said, drawn_from, switched_off
    text = TEXTS[number]
    given = inputs if text["own"] else {{"input_ids": torch.tensor([text["ids"]])}}
    drawn_from, switched_off, said = every[:number] + every[number + 1 :], [], {{}}
    before = predict(text["position"], given)
    found = np.zeros(shape)
    for head in np.ndindex(*shape):
        switched_off = [head]
        after = predict(text["position"], given)
        found[head] = max(0.0, float((before.exp() * (before - after)).sum()))
    switched_off = []
    return found


def mean_ranks(row):  # equal values share the mean of their ranks; float32 tells no closer neighbours apart than this
    order = np.argsort(row, kind="stable")
    group = np.zeros(len(row), dtype=int)
    group[order[1:]] = (np.diff(row[order]) > 1e-5 * np.abs(row).max()).cumsum()
    sizes = np.bincount(group)
    return (sizes.cumsum() - (sizes - 1) / 2)[group]


def spearman(one, other):
    return float(np.corrcoef(mean_ranks(one.ravel()), mean_ranks(other.ravel()))[0, 1])


kl_nats = np.array([effects(number) for number in range(len(TEXTS))])
of_set, own = kl_nats[:-1], kl_nats[-1]
drawn = np.random.default_rng(0).integers(0, len(of_set), (2000, len(of_set)))
means = np.array([of_set[which].mean(axis=0) for which in drawn])
low, high = np.quantile(means, [0.025, 0.975], axis=0)
first = np.bincount(means.reshape(len(means), -1).argmax(axis=1), minlength=own.size) / len(means)
between = [spearman(one, other) for number, one in enumerate(of_set) for other in of_set[number + 1 :]]
ranking = {{
    "replacement": REPLACEMENT,
    "seed": 0,
    "texts": TEXTS,
    "kl_nats": kl_nats.tolist(),
    "mean": of_set.mean(axis=0).tolist(),
    "low": low.tolist(),
    "high": high.tolist(),
    "first_share": first.reshape(shape).tolist(),
    "spearman_between_texts": {{"mean": sum(between) / len(between), "lowest": min(between), "highest": max(between)}},
    "spearman_own_text": spearman(own, of_set.mean(axis=0)),
}}
print("order of the heads, mean correlation between two texts:", ranking["spearman_between_texts"]["mean"])""",
        keys=("ranking",),
    )

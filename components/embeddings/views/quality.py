"""How good is it? The same questions to the vectors and to the words, judged by answers that were fixed before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from components.core.i18n import N_, _, name_languages
from components.core.intervals import RESAMPLES
from components.embeddings import figures, wording
from components.embeddings.corpus import LANGUAGES, Corpus, read_shipped
from components.embeddings.encode import POOLINGS
from components.embeddings.quality import (
    GROUPS,
    NEIGHBOURS,
    Group,
    Judgement,
    Quality,
    cross_languages,
    judge,
    judge_crossings,
    judge_words,
    orders,
    same_theme,
    same_theme_by_chance,
    word_order,
)
from components.embeddings.search import Bm25, split_pairs, split_words
from components.embeddings.similarity import space_of
from components.embeddings.state import EmbeddedCorpus, embed_texts
from components.models.registry import record
from components.ui import charts, tables

RECALL_CHART: Final = "embeddings_recall"
_COMPARED: Final = ("classroom-e5-ko", "classroom-bert")
"""The built-in models that are measured in both languages: one was made to compare texts, one to fill gaps."""
_GROUPS: Final[Mapping[Group, str]] = {
    "same": N_("in the text's words"),
    "other": N_("in other words"),
    "all": N_("all queries"),
}


def judge_searches(embedded: EmbeddedCorpus) -> Judgement:
    """Return how good both searches are on the shipped questions. The shown texts must be the shipped ones."""
    asked = embedded.embed_questions([question.text for question in embedded.corpus.questions])
    return judge(embedded.corpus, embedded.items, asked, embedded.words, metric=embedded.metric)


def quality_view(embedded: EmbeddedCorpus) -> None:
    if not embedded.is_shipped:
        st.info(
            _("Your own texts have no known right answers. Go back to the 80 blurbs to measure a search."),
            icon=":material/rule:",
        )
        return
    found = judge_searches(embedded)
    left, right = st.columns(2, gap="large")
    with left:
        named = {embedded.source.title: found.model, _("Words (BM25)"): found.words, _("Shuffled"): found.chance}
        drawn = figures.draw_recall(
            {name: {_(_GROUPS[group]): each[group] for group in GROUPS} for name, each in named.items()}
        )
        charts.draw(drawn, key=RECALL_CHART)
        _measures(embedded, found)
    with right:
        _neighbours(embedded)
        if embedded.source.bought is None:
            _poolings(embedded)
    with st.expander(_("Korean and English"), on_change="rerun", key="embeddings_languages") as languages:
        if languages.open:
            _languages(embedded)
    with st.expander(_("Query by query"), on_change="rerun", key="embeddings_questions") as each:
        if each.open:
            _questions(embedded, found)


def _measures(embedded: EmbeddedCorpus, found: Judgement) -> None:
    """Show every measure with its interval, and the difference of the two searches, which is what is asked."""
    searches = ((embedded.source.title, found.model), (_("Words (BM25)"), found.words))
    rows = [(group, name, each[group]) for group in GROUPS for name, each in searches]
    table = {
        _("Wording"): [_(_GROUPS[group]) for group, _name, _each in rows],
        _("Search"): [name for _group, name, _each in rows],
        _("recall@3"): [wording.share(each.recall) for _group, _name, each in rows],
        "MRR": [wording.number(each.reciprocal_rank) for _group, _name, each in rows],
    }
    tables.draw(table, alt=_("Recall and reciprocal rank of both searches, with 95% intervals."))
    between = found.difference["all"]
    st.markdown(
        _("**Vectors minus words**, all queries: recall@3 {recall} percentage points, MRR {rank}.").format(
            recall=wording.points(between.recall), rank=wording.difference(between.reciprocal_rank)
        )
    )
    st.caption(
        _(
            "In brackets and as thin lines: 95% intervals. The queries are drawn again with replacement, "
            "{count} times, and each time the mean is taken (bootstrap). If the interval of the difference "
            "contains 0, it is open which search is better. Where all queries gave the same result there is "
            "no interval."
        ).format(count=f"{RESAMPLES:,}")
    )


def _neighbours(embedded: EmbeddedCorpus) -> None:
    """Say how often neighbours share a theme, for a recommendation that is measured without any question."""
    themes = [item.theme for item in embedded.corpus.items]
    by_meaning = [
        [near for near in each if near != place]
        for place, each in enumerate(orders(embedded.items, embedded.items, metric=embedded.metric))
    ]
    by_words = [word_order(embedded.words, text, without=[place]) for place, text in enumerate(embedded.corpus.texts)]
    st.markdown(
        _(
            "**Recommendation.** Of the {count} nearest neighbours, **{model:.0%}** have the same theme as "
            "the text; by shared words {words:.0%}, drawn at random {chance:.0%}."
        ).format(
            count=NEIGHBOURS,
            model=same_theme(by_meaning, themes),
            words=same_theme(by_words, themes),
            chance=same_theme_by_chance(themes),
        )
    )


def _poolings(embedded: EmbeddedCorpus) -> None:
    """Show what each pooling would reach: the same vectors of tokens, made into one in another way."""
    texts, asked = embedded.corpus.texts, tuple(question.text for question in embedded.corpus.questions)
    model = embedded.source.model.id
    rows = []
    for how in POOLINGS:
        items = embed_texts(model, texts).pooled[how]
        space = space_of(items, embedded.vectors)
        questions = space.of(embed_texts(model, asked).pooled[how])
        found = judge(embedded.corpus, space.of(items), questions, embedded.words, metric=embedded.metric)
        rows.append(found.model["all"])
    table = {
        _("Pooling"): [_(wording.POOLINGS[how]) for how in POOLINGS],
        _("recall@3"): [wording.share(row.recall) for row in rows],
        "MRR": [wording.number(row.reciprocal_rank) for row in rows],
    }
    tables.draw(table, alt=_("Recall and reciprocal rank by pooling."))
    st.caption(
        _("MRR, mean reciprocal rank: 1 if the right text always comes first, 0.5 if second, 0 if it is never found.")
    )


def _languages(embedded: EmbeddedCorpus) -> None:
    """Show each search within a language and across: the same texts and queries are told in both."""
    corpora = {code: read_shipped(code) for code in LANGUAGES}
    crossed = cross_languages(corpora)
    rows: dict[str, list[str]] = {}
    chosen = () if embedded.source.bought is not None else (embedded.source.model.id,)
    for model_id in dict.fromkeys((*chosen, *_COMPARED)):
        title = record(model_id).title
        with st.spinner(_("Reading {count} texts with {model}").format(count=_texts_of(corpora), model=title)):
            items, questions = (
                {code: embed_texts(model_id, texts).pooled[embedded.source.pooling] for code, texts in each.items()}
                for each in (
                    {code: corpus.texts for code, corpus in corpora.items()},
                    {code: tuple(each.text for each in corpus.questions) for code, corpus in corpora.items()},
                )
            )
        found = judge_crossings(corpora, items, questions, kind=embedded.vectors, metric=embedded.metric)
        rows[title] = [_both_measures(found[crossing]) for crossing in crossed]
    for title, split in ((_("Words (BM25)"), split_words), (_("Pairs of letters (BM25)"), split_pairs)):
        counted = {code: Bm25(corpus.texts, split) for code, corpus in corpora.items()}
        rows[title] = [_both_measures(judge_words(corpus, counted[told])) for (_asked, told), corpus in crossed.items()]
    names = [
        _("{query} → {texts}").format(query=name_languages([asked]), texts=name_languages([told]))
        for asked, told in crossed
    ]
    table = {_("Search"): list(rows)} | dict(zip(names, zip(*rows.values(), strict=True), strict=True))
    tables.draw(table, alt=_("Recall and reciprocal rank within Korean and English, and across."))
    st.caption(
        _(
            "Query → texts: recall@3 with its 95% interval, and MRR. A Korean noun is written together with its "
            "particle: 미술관의 and 미술관에서 are two words for BM25, so that it misses texts which share a noun with "
            "the query. Pairs of letters find the noun without knowing any grammar. Across languages no word is shared."
        )
    )


def _texts_of(corpora: Mapping[str, Corpus]) -> int:
    return sum(len(corpus.items) + len(corpus.questions) for corpus in corpora.values())


def _both_measures(quality: Quality) -> str:
    return f"{wording.share(quality.recall)} · {quality.reciprocal_rank.mean:.2f}"


def _questions(embedded: EmbeddedCorpus, found: Judgement) -> None:
    titles = {item.id: item.title for item in embedded.corpus.items}
    asked = embedded.corpus.questions
    table = {
        _("Query"): [question.text for question in asked],
        _("Wording"): [_(_GROUPS[question.words]) for question in asked],
        _("Right text"): [", ".join(titles[item_id] for item_id in question.relevant) for question in asked],
        _("Rank by vector"): found.ranks,
        _("Rank by words"): found.word_ranks,
    }
    alt = _("{count} queries with the rank of the right text by vector and by words.").format(count=len(asked))
    tables.draw(table, height=420, placeholder="–", alt=alt)

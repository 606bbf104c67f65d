"""The page's words for what the data name by codes."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any, Final

from components.aws.answers import BedrockModel, Call
from components.aws.hub_document import Lack
from components.aws.overlay import LIMIT_S
from components.aws.problems import PROBLEMS
from components.catalog.blockers import Reason, Verdict, Where
from components.catalog.counting import Part
from components.catalog.curated import models
from components.catalog.filters import ANY, LicenceClass, Order, Place
from components.catalog.lifecycle import Status
from components.catalog.recipes import Way
from components.catalog.records import Fact, Kind, Languages, Missing, Modality, Model, Offer, Size, Task, Venue, Words
from components.catalog.trials import Panel
from components.core.i18n import N_, _, in_language, name_languages
from components.core.text import escape_markdown
from components.models.sizes import readable_size

EVERYTHING: Final = N_("All")
PROVIDERS: Final = {
    "ai21": "AI21 Labs",
    "amazon": "Amazon",
    "anthropic": "Anthropic",
    "bigscience": "BigScience",
    "eleutherai": "EleutherAI",
    "google": "Google",
    "meta": "Meta",
    "openai": "OpenAI",
    "stability": "Stability AI",
    "tii": "TII",
}
KINDS: Final[Mapping[Kind, str]] = {
    "encoder": N_("Encoder"),
    "decoder": N_("Decoder"),
    "encoder-decoder": N_("Encoder-decoder"),
    "moe-decoder": N_("Decoder, mixture of experts"),
    "hybrid-moe": N_("Transformer and Mamba, mixture of experts"),
    "vae-decoder": N_("Discrete VAE and decoder"),
    "latent-diffusion": N_("Latent diffusion"),
    "diffusion-transformer": N_("Diffusion Transformer"),
    "vit-segmenter": N_("Vision Transformer and mask decoder"),
}
MODALITIES: Final[Mapping[Modality, str]] = {
    "text": N_("text"),
    "image": N_("image"),
    "video": N_("video"),
    "speech": N_("speech"),
    "audio": N_("audio"),
    "points": N_("points"),
    "boxes": N_("boxes"),
    "mask": N_("mask"),
    "embedding": N_("embedding"),
}
TASKS: Final[Mapping[Task, str]] = {
    "text-generation": N_("writing text"),
    "text2text-generation": N_("turning one text into another"),
    "fill-mask": N_("filling in hidden words"),
    "text-classification": N_("classifying texts"),
    "question-answering": N_("finding answers in a text"),
    "feature-extraction": N_("embeddings"),
    "text-to-image": N_("pictures from words"),
    "image-to-image": N_("editing pictures"),
    "text-to-video": N_("videos from words"),
    "audio-to-audio": N_("speaking"),
    "mask-generation": N_("cutting out objects"),
}
STATUSES: Final[Mapping[Status, str]] = {
    "active": N_("Active"),
    "legacy": N_("Legacy"),
    "ended": N_("Ended"),
    "unknown": N_("Not offered"),
}
STATUS_COLOURS: Final[Mapping[Status, str]] = {"active": "green", "legacy": "orange", "ended": "red", "unknown": "gray"}
VENUES: Final[Mapping[Venue, str]] = {
    "bedrock": "Amazon Bedrock",
    "jumpstart": "SageMaker JumpStart",
    "openai-api": "OpenAI API",
    "anthropic-api": "Anthropic API",
    "ai21-api": "AI21 API",
}
LICENCES: Final[Mapping[LicenceClass, str]] = {
    "permissive": N_("Permissive (Apache, MIT)"),
    "own terms": N_("Own terms"),
    "API only": N_("API only"),
    "unknown": N_("Not found"),
}
LICENCE_NAMES: Final[Mapping[str, str]] = {
    "API only": N_("API only"),
    "own licence (file LICENSE in its repository)": N_("own licence (file LICENSE in its repository)"),
    "LLaMA licence (non-commercial)": N_("LLaMA licence (non-commercial)"),
    "Alexa Teacher Model License (non-commercial)": N_("Alexa Teacher Model License (non-commercial)"),
}
"""Licences of the records whose name is more than a proper name."""
PLACES: Final[Mapping[Place, str]] = {
    "this dashboard": N_("In this dashboard's model menu"),
    "weights": N_("Your own machine (open weights)"),
    "bedrock": "Amazon Bedrock",
    "jumpstart": "SageMaker JumpStart",
}
ORDERS: Final[Mapping[Order, str]] = {
    "family": N_("By family"),
    "newest": N_("Newest first"),
    "largest": N_("Largest first"),
    "longest context": N_("Longest context first"),
    "name": N_("By name"),
}
MISSING: Final[Mapping[Missing, str]] = {
    "not published": N_("not published"),
    "not found": N_("not found in a source we could read"),
    "not applicable": N_("does not apply"),
}
PARTS: Final[Mapping[Part, str]] = {
    "embedding": N_("Embedding"),
    "attention": N_("Attention"),
    "mlp": N_("MLP"),
    "experts": N_("Experts (MLP)"),
    "state space": N_("State space (Mamba)"),
    "norm": N_("Norm"),
    "head": N_("Head"),
    "vision": N_("Image input"),
    "other": N_("Other"),
}
WAYS: Final[Mapping[Way, str]] = {
    "transformers": "transformers",
    "diffusers": "diffusers",
    "converse": "Bedrock Converse",
    "invoke": "Bedrock InvokeModel",
    "jumpstart": "JumpStart",
}
CALLS: Final[Mapping[Call, str]] = {
    "models": N_("models"),
    "profiles": N_("inference profiles"),
    "hub": "JumpStart",
    "endpoints": N_("endpoints"),
    "connection": N_("connection"),
}
PLACES_ASKED: Final[Mapping[Where, str]] = {
    "this machine": N_("This machine"),
    "bedrock": "Amazon Bedrock",
    "jumpstart": "SageMaker JumpStart",
}
REASONS: Final[Mapping[Reason, str]] = {
    "open": N_("Nothing prevents it."),
    "legacy": N_("It is marked Legacy there: new customers cannot use it, and it is going to end."),
    "closed weights": N_("Its weights are not published, so it runs only at its developer or through a service."),
    "not in registry": N_("This dashboard does not load this model. “Use it” has the code to run it elsewhere."),
    "not fetched": N_(
        "It is in this dashboard's model menu, but its files are not on this machine yet. Choose it in the model "
        "menu of another page to fetch them."
    ),
    "memory": N_("Its weights take {needed} at 16 bits, but only {free} of memory are free."),
    "never offered": N_("It is not offered there and, as far as we know, never was."),
    "ended": N_("It has reached its end of life there."),
    "not asked": N_(
        "This dashboard is set up not to ask AWS. The operator can change that: set `DASHBOARD_AWS=true`, provide AWS "
        "credentials and start it again."
    ),
    "no credentials": N_("AWS could not be asked: there are no working credentials."),
    "not listed here": N_("It is not listed in this region. Another region, or an inference profile, may have it."),
    "no answer": N_("AWS gave no list, so this is not known."),
    "no access": N_(
        "This account may not call it yet (agreement {agreement}, authorization {authorization}, entitlement "
        "{entitlement}, region {region}). Ask for access on the model’s page in the Bedrock console."
    ),
}
TRIALS: Final[Mapping[Panel, str]] = {
    "playground": N_("Try it in the playground"),
    "masked": N_("Try it: fill in hidden words"),
    "embeddings": N_("Try it: search by meaning"),
    "draw": N_("Try it: draw a picture"),
    "segment": N_("Try it: cut something out"),
}
LACKS: Final[Mapping[Lack, str]] = {
    "subscription": N_(
        "It is sold through AWS Marketplace: subscribe to it there first, then deploy it with its code."
    ),
    "no image": N_(
        "The hub document names no container for it, and this page does not guess. Use the code above: the "
        "SageMaker SDK knows more."
    ),
    "no data": N_(
        "The hub document does not say where its weights are, and this page does not guess. Use the code above: "
        "the SageMaker SDK knows more."
    ),
    "script": N_(
        "Its inference script is stored separately from its weights. The SageMaker SDK packs both together "
        "before it deploys; this page cannot. Use the code above."
    ),
}
HOW: Final[Mapping[Kind, str]] = {
    "encoder": N_(
        "Every token looks at every other, to the left and to the right. What comes out is one vector a token; a small "
        "head turns them into a label, a span, or a guess for a hidden word."
    ),
    "decoder": N_(
        "Every token looks only at itself and the tokens before it. The last vector is turned into a "
        "probability for each token of the vocabulary; one is chosen and appended, and everything starts "
        "again."
    ),
    "encoder-decoder": N_(
        "The encoder reads the whole input once, in both directions. The decoder writes token by token and looks back "
        "at the encoder's vectors through cross-attention."
    ),
    "moe-decoder": N_(
        "A decoder with many MLPs (experts) in a block instead of one. A router sends each token to a "
        "few of them, so only a part of the parameters is used for any one token."
    ),
    "hybrid-moe": N_(
        "Most layers are Mamba: they carry a state of fixed size along the text instead of looking back at every "
        "token. A few attention layers are kept for looking things up, and half the MLPs are mixtures of experts."
    ),
    "vae-decoder": N_(
        "A discrete VAE turns a picture into tokens from a vocabulary of patches. A decoder continues the caption with "
        "such tokens, as if the picture were more text; the VAE paints it."
    ),
    "latent-diffusion": N_(
        "A UNet takes a little noise away, again and again, in the small latent space of a VAE. Cross-attention to the "
        "prompt's vectors tells it what to uncover; the VAE's decoder makes it a picture."
    ),
    "diffusion-transformer": N_(
        "Diffusion as before, but a Transformer takes the noise away: patches of the latent and the "
        "tokens of the prompt are one sequence and attend to each other."
    ),
    "vit-segmenter": N_(
        "A Vision Transformer cuts the picture into patches and looks at it once, which is the costly part. A small "
        "decoder then turns each prompt (a point, a box) into masks."
    ),
}
NOT_PUBLISHED: Final = N_("How it works inside is not published. Only its inputs and outputs are known.")


def name_or_all(names: Mapping[Any, str], code: str) -> str:
    """Return the label of a filter's option."""
    return _(EVERYTHING) if code == ANY else _(names[code])


def describe_fact(fact: Fact[Any], text: str | None = None) -> str:
    """Return a fact as it is shown, or why there is none."""
    if fact.missing:
        return f":gray[{_(MISSING[fact.missing])}]"
    return escape_markdown(str(fact.value)) if text is None else text


def name_licence(name: str | None) -> str | None:
    """Return a licence of a record in the visitor's language; proper names stay as they are."""
    return _(LICENCE_NAMES[name]) if name is not None and name in LICENCE_NAMES else name


def describe_licence(fact: Fact[str]) -> str:
    """Return the licence of a record as it is shown, or why there is none."""
    return describe_fact(fact, escape_markdown(name_licence(fact.value) or ""))


def describe_codes(names: Mapping[Any, str], fact: Fact[Any]) -> str:
    """Return a fact whose value is a list of codes."""
    return describe_fact(fact, ", ".join(_(names[code]) for code in fact.value or ()))


def compact(number: int) -> str:
    """Return a count as people say it: 124M, 6.74B."""
    for size, unit in ((1_000_000_000_000, "T"), (1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return str(number)


def describe_context(model: Model) -> str | None:
    """Return how many tokens a model reads at most; None if its record does not have it."""
    return _("{tokens} tokens").format(tokens=f"{model.context.value:,}") if model.context.value else None


def size_words(size: Size) -> str:
    """Return one size: its label, its parameters, and how many of them work on a token."""
    label = f"{escape_markdown(size.label)}: " if size.label else ""
    if size.active:
        active = _("{total}, {active} active per token")
        return label + active.format(total=compact(size.total), active=compact(size.active))
    return label + compact(size.total)


def language_words(fact: Fact[Languages]) -> str:
    """Return the languages a model is meant for, in the visitor's language."""
    if fact.value is None:
        return describe_fact(fact)
    written = name_languages(fact.value.codes)
    if fact.value.mainly:
        return _("mainly {languages}").format(languages=written)
    if fact.value.count and written:
        return _("{languages}; {count} languages in some versions").format(languages=written, count=fact.value.count)
    return written or _("{count} languages").format(count=fact.value.count)


def words(prose: Words) -> str:
    """Return prose of the data in the visitor's language."""
    return in_language(prose.texts)


def model_name(model_id: str) -> str:
    """Return the name of a record, or the text itself where a successor has no record."""
    return next((model.name for model in models() if model.id == model_id), model_id)


def verdict_words(verdict: Verdict, free_bytes: int) -> str:
    """Return why a place is open or closed."""
    values = {"needed": readable_size(verdict.needed_bytes or 0), "free": readable_size(free_bytes)}
    if verdict.access:
        access = dataclasses.asdict(verdict.access)
        values |= {name: f"`{escape_markdown(value)}`" for name, value in access.items()}
    why = " " + _(PROBLEMS[verdict.problem]).format(limit=int(LIMIT_S)) if verdict.problem else ""
    return _(REASONS[verdict.reason]).format(**values) + why


def live(row: BedrockModel | None, region: str) -> str:
    """Return what AWS says about a Bedrock model in a region now."""
    if row is None:
        return _("Now in {region}: not listed").format(region=region)
    said_now = _("Now in {region}: {status}").format(region=region, status=escape_markdown(row.status))
    return said_now + ", " + _("ends on {date}").format(date=row.eol) if row.eol else said_now


def gone_by(date: datetime.date) -> str:
    """Return that something was gone on a day, and that it is not known since when."""
    return _("gone by {date}; the exact day was not found").format(date=date)


def life(offer: Offer, day: datetime.date) -> str:
    """Return the dates of an offer in words."""
    parts = []
    if offer.legacy:
        parts.append(_("Legacy since {date}").format(date=offer.legacy))
    elif offer.legacy_by:
        parts.append(_("Legacy on {date} or before").format(date=offer.legacy_by))
    if offer.extended:
        parts.append(_("public extended access from {date}").format(date=offer.extended))
    if offer.eol and offer.eol <= day:
        parts.append(_("ended on {date}").format(date=offer.eol))
    elif offer.eol:
        left = (offer.eol - day).days
        parts.append(_("ends on {date} (days left: {left})").format(date=offer.eol, left=left))
    elif offer.gone_by:
        parts.append(gone_by(offer.gone_by))
    if not parts and offer.listed:
        parts.append(_("listed on {date}").format(date=offer.listed))
    return ", ".join(parts)

"""Tiny random models of every architecture the attention viewer promises to handle, built from configs: no weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import transformers as hf
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

from components.models import recording, tracing
from components.models.tokenization import SharedTokenizer

VOCABULARY = 99
HEADS = 4
IDS = torch.tensor([[5, 6, 7, 8, 9, 10, 11]])

_SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": HEADS,
    "intermediate_size": 64,
    "vocab_size": VOCABULARY,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}


def _bert():
    return hf.BertForMaskedLM(hf.BertConfig(**_SIZES))


def _bert_decoder():
    return hf.BertLMHeadModel(hf.BertConfig(**_SIZES, is_decoder=True))


def _distilbert():
    config = hf.DistilBertConfig(dim=32, n_layers=3, n_heads=HEADS, hidden_dim=64, vocab_size=VOCABULARY)
    return hf.DistilBertForMaskedLM(config)


def _roberta():
    return hf.RobertaForMaskedLM(hf.RobertaConfig(**_SIZES))


def _albert():
    return hf.AlbertForMaskedLM(hf.AlbertConfig(**_SIZES, embedding_size=16))


def _modernbert():
    special = {"cls_token_id": 1, "sep_token_id": 2}
    return hf.ModernBertForMaskedLM(hf.ModernBertConfig(**_SIZES, **special, local_attention=4))


def _gpt2():
    special = {"bos_token_id": 1, "eos_token_id": 2}
    return hf.GPT2LMHeadModel(hf.GPT2Config(n_embd=32, n_layer=3, n_head=HEADS, vocab_size=VOCABULARY, **special))


def _opt():
    sizes = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": HEADS, "ffn_dim": 64}
    return hf.OPTForCausalLM(hf.OPTConfig(**sizes, vocab_size=VOCABULARY, word_embed_proj_dim=32))


def _llama():
    return hf.LlamaForCausalLM(hf.LlamaConfig(**_SIZES, num_key_value_heads=2))


def _gemma3():
    config = hf.Gemma3TextConfig(**_SIZES, num_key_value_heads=2, head_dim=8, sliding_window=4)
    return hf.Gemma3ForCausalLM(config)


def _gpt_oss():
    config = hf.GptOssConfig(
        **_SIZES, num_key_value_heads=2, head_dim=8, num_local_experts=4, num_experts_per_tok=2, sliding_window=4
    )
    return hf.GptOssForCausalLM(config)


def _t5():
    sizes = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_decoder_layers": 3, "num_heads": HEADS}
    return hf.T5ForConditionalGeneration(hf.T5Config(**sizes, vocab_size=VOCABULARY, decoder_start_token_id=0))


def _bart():
    sizes = {"d_model": 32, "encoder_layers": 2, "decoder_layers": 3, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
    heads = {"encoder_attention_heads": HEADS, "decoder_attention_heads": HEADS}
    return hf.BartForConditionalGeneration(hf.BartConfig(**sizes, **heads, vocab_size=VOCABULARY))


def _gptj():
    special = {"bos_token_id": 1, "eos_token_id": 2}
    sizes = {"n_embd": 32, "n_layer": 3, "n_head": HEADS, "rotary_dim": 8}
    return hf.GPTJForCausalLM(hf.GPTJConfig(**sizes, vocab_size=VOCABULARY, **special))


def _bloom():
    return hf.BloomForCausalLM(hf.BloomConfig(hidden_size=32, n_layer=3, n_head=HEADS, vocab_size=VOCABULARY))


def _falcon():
    sizes = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": HEADS}
    return hf.FalconForCausalLM(hf.FalconConfig(**sizes, vocab_size=VOCABULARY))


_BUILDERS: dict[str, Callable[[], torch.nn.Module]] = {
    name.removeprefix("_"): builder
    for name, builder in list(globals().items())
    if callable(builder) and getattr(builder, "__module__", None) == __name__ and name.startswith("_")
}
ENCODERS = ("bert", "distilbert", "roberta", "albert", "modernbert")
DECODERS = ("gpt2", "bert_decoder", "opt", "llama", "gemma3")
WITH_SINK = ("gpt_oss",)  # rows of weights sum to less than 1
ENCODER_DECODERS = ("t5", "bart")
RECORDABLE = ENCODERS + DECODERS + ENCODER_DECODERS
UNRECORDABLE = ("gptj", "bloom", "falcon")


def build(name: str, *, attention: str | None = None) -> hf.PreTrainedModel:
    """Return a model with the same random weights every time, ready to use."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = _BUILDERS[name]()
        # Fresh models attend almost uniformly; ten times larger projections make heads differ.
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() == 2:
                    parameter.mul_(5.0)
    if attention is not None:
        model.set_attn_implementation(attention)
    return model.eval()


def inputs(model: hf.PreTrainedModel) -> dict[str, torch.Tensor]:
    """Return what the model takes: a sentence, and the beginning of a second one where there is a decoder."""
    given = {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)}
    if model.config.is_encoder_decoder:
        given["decoder_input_ids"] = torch.tensor([[0, 3, 4, 12]])
    return given


@dataclass(frozen=True)
class Tiny:
    """A tiny random model with a tokenizer: what the loaders return, without a file."""

    model: hf.PreTrainedModel
    tokenizer: SharedTokenizer
    device: torch.device
    watchable: bool
    traceable: bool = False


SPECIAL = ("[PAD]", "[CLS]", "[SEP]", "[MASK]", "[UNK]")
WORDS = tuple(f"w{number}" for number in range(VOCABULARY - len(SPECIAL)))


def load(name: str) -> Tiny:
    """Return a tiny model, installed for recording where its architecture allows it."""
    model = build(name)
    return Tiny(
        model, tokenizer(framed=name in ENCODERS), torch.device("cpu"), recording.install(model), tracing.install(model)
    )


def tokenizer(*, framed: bool) -> SharedTokenizer:
    """Return a tokenizer whose words are "w0", "w1", ...; `framed` puts [CLS] and [SEP] around a text as BERT does."""
    vocabulary = {token: index for index, token in enumerate(SPECIAL + WORDS)}
    raw = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    raw.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    if framed:
        raw.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
        )
    return SharedTokenizer(raw)

"""Python to run a model elsewhere: with transformers or diffusers, on Bedrock, on a SageMaker endpoint.

The text is made from the record, so the ids are the current ones. Nothing here is run by the dashboard.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final, Literal

from components.catalog.jumpstart import SDK, Known, sdk_script, writes_text
from components.catalog.lifecycle import offer_status
from components.catalog.records import Model, Offer

Way = Literal["transformers", "diffusers", "converse", "invoke", "jumpstart"]

_GEOGRAPHIES: Final = ("us", "eu", "apac", "jp", "au", "ca", "in")


@dataclass(frozen=True)
class Recipe:
    """A piece of code and what it needs.

    Attributes
    ----------
    packages
        What to install, as `pip install` takes it.
    costs
        Whether running it is charged for.
    """

    way: Way
    packages: str
    code: str
    costs: bool


def recipes(model: Model, day: datetime.date, *, callable_id: str | None = None) -> tuple[Recipe, ...]:
    """Return the ways to use a model that are open on a day.

    Parameters
    ----------
    callable_id
        The Bedrock id or inference profile that works in the connected region, where that is known.
    """
    found = []
    if model.hub_id and model.open_weights.value:
        found.append(_local(model, model.hub_id))
    bedrock = bedrock_id(model, day)
    if bedrock:
        found.append(_bedrock(model, callable_id or bedrock))
    jumpstart = [offer.id for offer in model.offers if offer.venue == "jumpstart"]
    if jumpstart:
        found.append(_jumpstart(model, jumpstart[0]))
    return tuple(found)


def bedrock_id(model: Model, day: datetime.date) -> str | None:
    """Return the id to call on Bedrock: of the first offer that lives, as an inference profile where one is needed."""
    living = [offer for offer in model.offers if offer.venue == "bedrock" and offer_status(offer, day) != "ended"]
    # "anthropic.claude-haiku-4-5" and its dated twin: the first that the runtime takes by its bare id is the simplest.
    chosen = next((offer for offer in living if not offer.profile_only), next(iter(living), None))
    return _profile_id(chosen) if chosen else None


def living_bedrock_ids(model: Model, day: datetime.date) -> tuple[str, ...]:
    """Return the bare ids under which Bedrock still offers a model."""
    return tuple(offer.id for offer in model.offers if offer.venue == "bedrock" and offer_status(offer, day) != "ended")


def image_body(model_id: str, prompt: str, seed: int) -> dict[str, object]:
    """Return the InvokeModel request body for one picture, in the vendor's own JSON.

    Stability: AWS docs, "Stable Diffusion 3.5 Large" and "Stable Image Core". Amazon: "Amazon Nova Canvas".
    """
    if "stability." in model_id:
        return {"prompt": prompt, "seed": seed, "output_format": "png"}
    return {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": prompt},
        "imageGenerationConfig": {"numberOfImages": 1, "width": 1024, "height": 1024, "seed": seed},
    }


def _profile_id(offer: Offer) -> str:
    if not offer.profile_only:
        return offer.id
    geographies = [name.lower() for name in offer.inference]
    prefix = next((name for name in ("global", *_GEOGRAPHIES) if name in geographies), "us")
    return f"{prefix}.{offer.id}"


def _local(model: Model, hub_id: str) -> Recipe:
    tasks = model.tasks.value or ()
    if "text-to-image" in tasks:
        code = f'''import torch
from diffusers import DiffusionPipeline

pipeline = DiffusionPipeline.from_pretrained("{hub_id}", torch_dtype=torch.float16).to("cuda")
seed = torch.Generator("cuda").manual_seed(0)
pipeline("A lighthouse in the fog, watercolour", generator=seed).images[0].save("picture.png")
'''
        return Recipe("diffusers", "diffusers transformers accelerate torch", code, costs=False)
    examples = {
        "fill-mask": 'print(run("Paris is the capital of [MASK]."))',
        "text2text-generation": 'print(run("Translate to German: The house is small."))',
        "mask-generation": 'masks = run("picture.png")["masks"]\nprint(len(masks), "masks")',
        "text-generation": 'print(run("The meaning of life is", max_new_tokens=40)[0]["generated_text"])',
    }
    task = next((task for task in examples if task in tasks), "text-generation")
    code = f'''from transformers import pipeline

run = pipeline("{task}", model="{hub_id}")
{examples[task]}
'''
    if task == "text2text-generation":  # transformers 5 has no pipeline for it any more
        code = f'''from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{hub_id}")
model = AutoModelForSeq2SeqLM.from_pretrained("{hub_id}")
asked = tokenizer("Translate to German: The house is small.", return_tensors="pt")
print(tokenizer.decode(model.generate(**asked, max_new_tokens=40)[0], skip_special_tokens=True))
'''
    return Recipe("transformers", "transformers torch", code, costs=False)


def _bedrock(model: Model, model_id: str) -> Recipe:
    outputs = model.outputs.value or ()
    if "text" in outputs and "speech" not in outputs:
        code = f'''import boto3

bedrock = boto3.client("bedrock-runtime")
answer = bedrock.converse(
    modelId="{model_id}",
    messages=[{{"role": "user", "content": [{{"text": "Explain attention in one sentence."}}]}}],
    inferenceConfig={{"maxTokens": 200}},
)
print(answer["output"]["message"]["content"][0]["text"])
print(answer["usage"])  # the tokens you pay for
'''
        return Recipe("converse", "boto3", code, costs=True)
    if "embedding" in outputs:
        body, show = (
            '{"inputText": "A foundation model is trained once."}',
            'print(len(answer["embedding"]), "numbers")',
        )
        if "nova" in model_id:
            body = (
                '{"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"embeddingPurpose": "GENERIC_INDEX",\n'
                '         "text": {"truncationMode": "END", "value": "A foundation model is trained once."}}}'
            )
            show = 'print(len(answer["embeddings"][0]["embedding"]), "numbers")'
        return Recipe("invoke", "boto3", _invoke(model_id, body, show), costs=True)
    if "image" in outputs:
        body = repr(image_body(model_id, "A lighthouse in the fog, watercolour", 0)).replace("'", '"')
        show = (
            "import base64\nfrom pathlib import Path\n\n"
            'Path("picture.png").write_bytes(base64.b64decode(answer["images"][0]))'
        )
        return Recipe("invoke", "boto3", _invoke(model_id, body, show), costs=True)
    code = f'''import boto3

bedrock = boto3.client("bedrock")
print(bedrock.get_foundation_model(modelIdentifier="{model_id}")["modelDetails"])
'''
    return Recipe("invoke", "boto3", code, costs=False)


def _invoke(model_id: str, body: str, show: str) -> str:
    return f'''import json

import boto3

bedrock = boto3.client("bedrock-runtime")
body = {body}
response = bedrock.invoke_model(modelId="{model_id}", body=json.dumps(body))
answer = json.loads(response["body"].read())
{show}
'''


def _jumpstart(model: Model, model_id: str) -> Recipe:
    known = writes_text(model_id) if "text-generation" in (model.tasks.value or ()) else Known(model_id)
    return Recipe("jumpstart", f'"{SDK}"', sdk_script(known), costs=True)

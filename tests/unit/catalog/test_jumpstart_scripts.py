"""The code for JumpStart is Python whatever the hub says, deletes all it makes, and asks what the dashboard would."""

from __future__ import annotations

import ast
import json

from components.aws.hub_document import read
from components.catalog.jumpstart import (
    Known,
    boto3_script,
    describe,
    list_curated,
    sdk_script,
    write_deletion,
    writes_text,
)
from components.ui.export import as_notebook

HOSTILE = 'x"); import os; os.system("rm -rf /") #\n\'\'\'"""{}%'
DOCUMENT = {
    "HostingEcrUri": HOSTILE,
    "HostingArtifactUri": HOSTILE,
    "DefaultInferenceInstanceType": "ml.m5.xlarge",
    "InferenceEnvironmentVariables": [{"Name": HOSTILE, "DefaultValue": HOSTILE, "Scope": "container"}],
    "DefaultPayloads": {HOSTILE: {"Body": {HOSTILE: [HOSTILE]}}},
    "TrainingSupported": True,
}


def details(name="a-model", **changes):
    return read(
        {
            "HubContentName": name,
            "HubContentVersion": HOSTILE,
            "HubContentDocument": json.dumps({**DOCUMENT, **changes}),
        }
    )


def calls(code):
    """The methods called, in the order of their lines."""
    found = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    named = [node for node in found if isinstance(node.func, ast.Attribute)]
    return [node.func.attr for node in sorted(named, key=lambda node: (node.func.end_lineno, node.func.end_col_offset))]


def test_every_curated_model_has_code_that_deletes_what_it_deploys():
    for row in list_curated():
        for model in (Known(row.id), writes_text(row.id)):
            code = sdk_script(model)
            made = [call for call in calls(code) if call in ("deploy", "delete_endpoint")]
            assert made[:3] == ["deploy", "deploy", "delete_endpoint"], row.id
            assert "deploy" not in made[3:], row.id
            assert f"MODEL = '{row.id}'" in code


def test_nothing_the_hub_says_becomes_code():
    for code in (
        sdk_script(describe(details(HOSTILE))),
        boto3_script(details(HOSTILE), "ml.m5.xlarge"),
        write_deletion(HOSTILE),
    ):
        assert "system" not in calls(code)
        imported = {
            alias.name for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import) for alias in node.names
        }
        assert imported <= {"boto3"}


def test_the_notebook_holds_the_same_code_cell_by_cell():
    cells = json.loads(as_notebook(sdk_script(describe(details()))))["cells"]
    assert [cell["cell_type"] for cell in cells].count("code") >= 5
    joined = "".join("".join(cell["source"]) for cell in cells)
    assert "delete_endpoint()" in joined
    assert '%pip install "sagemaker<3"' in joined


def test_what_the_hub_says_is_used():
    found = sdk_script(describe(details(TrainingSupported=False, HostingEulaUri="s3://b/e.txt")))
    assert "INSTANCE = 'ml.m5.xlarge'" in found
    assert "accept_eula=True" in found
    assert "JumpStartEstimator(" not in found
    assert "cannot be fine-tuned" in found
    assert "accept_eula" not in sdk_script(describe(details()))


def test_the_boto3_code_makes_three_parts_and_deletes_three():
    found = calls(boto3_script(details(), "ml.m5.xlarge"))
    assert found[1:4] == ["create_model", "create_endpoint_config", "create_endpoint"]
    assert found[-3:] == ["delete_endpoint", "delete_endpoint_config", "delete_model"]

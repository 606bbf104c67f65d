"""The address behind Studio's proxy: told where the machine knows it, else how to make it; always with the slash."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit import config

from components.server.studio import OPTIONS, address, announcement

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:"
SPACE = {"AppType": "JupyterLab", "DomainId": "d-abc", "SpaceName": "lab", "ResourceArn": f"{ARN}app/d-abc/lab/x"}
CLASSIC = {"AppType": "JupyterServer", "DomainId": "d-abc", "ResourceArn": f"{ARN}app/d-abc/me/jupyterserver/default"}
INSTANCE = {"ResourceName": "lesson", "ResourceArn": f"{ARN}notebook-instance/lesson"}


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "resource-metadata.json"

    def write(facts):
        path.write_text(facts if isinstance(facts, str) else json.dumps(facts))
        return path

    return write


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (CLASSIC, "https://d-abc.studio.eu-west-1.sagemaker.aws/jupyter/default/proxy/8501/"),
        (INSTANCE, "https://lesson.notebook.eu-west-1.sagemaker.aws/proxy/8501/"),
        (SPACE, None),
    ],
    ids=["Studio Classic", "notebook instance", "JupyterLab space"],
)
def test_it_is_known_where_the_machine_says_enough(written, facts, expected):
    assert address(8501, metadata=written(facts)) == expected
    assert expected is None or f"  {expected}" in announcement(8501, metadata=written(facts))


def test_a_space_is_told_its_region_and_what_to_replace(written):
    text = announcement(8600, metadata=written(SPACE))
    assert "Jupyter tab" in text
    assert text.endswith(".studio.eu-west-1.sagemaker.aws/jupyterlab/default/proxy/8600/")


@pytest.mark.parametrize(
    "facts",
    [
        "",
        "{",
        "[]",
        "null",
        {},
        {"ResourceArn": 7},
        {"ResourceArn": "arn:aws:sagemaker"},
        {**INSTANCE, "ResourceArn": "arn:aws-cn:sagemaker:cn-north-1:1:notebook-instance/x"},
    ],
)
def test_what_is_not_understood_falls_back_to_the_rule(written, facts):
    assert address(8501, metadata=written(facts)) is None
    assert announcement(8501, metadata=written(facts)).endswith("/proxy/8501/")


def test_without_the_file_the_rule_is_told(tmp_path):
    assert "/proxy/8501/" in announcement(8501, metadata=tmp_path / "none")


@given(st.binary())
def test_no_content_of_the_file_stops_the_start(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "metadata.json"
    path.write_bytes(content)
    assert announcement(8501, metadata=path).endswith("/proxy/8501/")


def test_the_options_are_streamlits():
    assert OPTIONS.keys() <= config.get_config_options().keys()

"""The contract of every engine, over servers that speak Bedrock's and SageMaker's wire format to unmodified boto3."""

from __future__ import annotations

import pytest

from components.core.settings_tables import SageMakerEndpoint
from components.engines.bedrock import BedrockEngine
from components.engines.sagemaker import SageMakerEngine
from tests.services.generation.aws_runtime import ENDPOINT
from tests.services.generation.test_openai_contract import Conversation
from tests.unit.engines.engine_contract import EngineContract

NEVER = frozenset({"n", "beam", "beam_sample", "full_distribution", "prefix"})
CLAUDE = "anthropic.claude-x-v1:0"


@pytest.fixture
def served(aws_runtime):
    aws_runtime.portion_bytes = 37


def endpoint(dialect, **settings):
    return SageMakerEngine(SageMakerEndpoint(name=ENDPOINT, dialect=dialect, **settings), most_new_tokens=512)


class TestBedrock(Conversation):
    missing = NEVER | {"completion", "seed", "min_p", "typical_p", "repetition_penalty", "logprobs"}

    @pytest.fixture
    def subject(self, served):
        return BedrockEngine(CLAUDE, most_new_tokens=512)


class TestEndpointThatContinuesTexts(EngineContract):
    missing = NEVER | {"chat", "min_p", "count_tokens"}

    @pytest.fixture
    def subject(self, served):
        return endpoint("text")


class TestEndpointThatAnswersConversations(Conversation):
    missing = NEVER | {"completion", "typical_p", "count_tokens"}

    @pytest.fixture
    def subject(self, served):
        return endpoint("chat")


class TestEndpointThatGivesItsAnswerInOnePiece(EngineContract):
    missing = NEVER | {"chat", "min_p", "count_tokens", "stream"}

    @pytest.fixture
    def subject(self, served):
        return endpoint("text", stream=False)

"""A server on loopback that speaks the AWS wire format: REST-JSON for Bedrock, JSON 1.1 for SageMaker.

Unmodified boto3 is pointed at it through AWS_ENDPOINT_URL. It keeps what it was asked, so that a test can show that
nothing was asked that costs money.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

Trouble = Literal["throttled", "access denied", "expired", "slow", "cut", "garbage", "refused"]

ERRORS = {
    "throttled": (429, "ThrottlingException"),
    "access denied": (403, "AccessDeniedException"),
    "expired": (403, "ExpiredTokenException"),
    "refused": (400, "ValidationException"),
}


@dataclass
class Scenario:
    """What the server has, and how it misbehaves.

    Attributes
    ----------
    troubles
        Operation name to trouble; "*" stands for all.
    slow_s
        How long a slow operation takes.
    access
        What is different about calling a Bedrock model.
    documents
        What a JumpStart model's document says beside the usual, by its id.
    states
        What an endpoint is, one after the other as it is described; the last one stays. Empty: there is none.
    asked
        The operations asked for, in order.
    requests
        What SageMaker's operations were asked, in order.
    """

    models: list[dict[str, Any]] = field(default_factory=list)
    profile_pages: list[list[dict[str, Any]]] = field(default_factory=lambda: [[]])
    hub_pages: list[list[dict[str, Any]]] = field(default_factory=lambda: [[]])
    endpoints: list[dict[str, Any]] = field(default_factory=list)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    slow_s: float = 5.0
    repeats_its_token: bool = False
    picture: dict[str, Any] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    access: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


def bedrock_model(model_id: str, **changes: Any) -> dict[str, Any]:
    row = {
        "modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{model_id}",
        "modelId": model_id,
        "modelName": model_id.rpartition(".")[2],
        "providerName": model_id.partition(".")[0].title(),
        "inputModalities": ["TEXT"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "inferenceTypesSupported": ["ON_DEMAND"],
        "modelLifecycle": {"status": "ACTIVE"},
    }
    return {**row, **changes}


def profile(profile_id: str, *model_ids: str) -> dict[str, Any]:
    arns = [
        f"arn:aws:bedrock:{region}::foundation-model/{m}" for m in model_ids for region in ("us-east-1", "us-west-2")
    ]
    return {
        "inferenceProfileName": profile_id,
        "inferenceProfileId": profile_id,
        "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{profile_id}",
        "models": [{"modelArn": arn} for arn in arns],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def hub_model(name: str, **changes: Any) -> dict[str, Any]:
    row = {
        "HubContentName": name,
        "HubContentArn": f"arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/{name}/1.0.0",
        "HubContentVersion": "1.0.0",
        "HubContentType": "Model",
        "DocumentSchemaVersion": "2.0.0",
        "HubContentDisplayName": name.title(),
        "HubContentStatus": "Available",
        "HubContentSearchKeywords": ["text"],
        "SupportStatus": "Supported",
        "CreationTime": 1_700_000_000,
    }
    return {**row, **changes}


@contextlib.contextmanager
def serving(scenario: Scenario) -> Iterator[str]:
    """Serve a scenario for as long as the block lasts; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path)
            query = parse_qs(path.query)
            if path.path == "/foundation-models":
                self._answer("ListFoundationModels", lambda: {"modelSummaries": scenario.models})
            elif path.path == "/inference-profiles":
                self._answer(
                    "ListInferenceProfiles",
                    lambda: _page(
                        scenario, scenario.profile_pages, query.get("nextToken"), "inferenceProfileSummaries"
                    ),
                )
            elif path.path.startswith("/foundation-model-availability/"):
                name = unquote(path.path.rpartition("/")[2])
                self._answer("GetFoundationModelAvailability", lambda: {**_availability(name), **scenario.access})
            else:
                self._answer(f"GET {path.path}", dict)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
            target = self.headers.get("X-Amz-Target", "")
            if not target:
                drawn = urlsplit(self.path).path.endswith("/invoke")
                name = "InvokeModel" if drawn else f"POST {urlsplit(self.path).path}"
                scenario.bodies.append(asked)
                self._answer(name, lambda: scenario.picture)
                return
            operation = target.rpartition(".")[2]
            token = [asked["NextToken"]] if "NextToken" in asked else None
            answers = {
                "ListHubContents": lambda: _page(
                    scenario, scenario.hub_pages, token, "HubContentSummaries", "NextToken"
                ),
                "DescribeHubContent": lambda: _hub_content(scenario, asked["HubContentName"]),
                "ListEndpoints": lambda: {"Endpoints": scenario.endpoints},
            }
            scenario.requests.append(asked)
            if operation == "DescribeEndpoint":
                self._describe_endpoint(asked["EndpointName"])
                return
            self._answer(operation, answers.get(operation, dict))

        def _describe_endpoint(self, name: str) -> None:
            if scenario.states:
                status = scenario.states.pop(0) if len(scenario.states) > 1 else scenario.states[0]
                self._answer("DescribeEndpoint", lambda: {"EndpointName": name, "EndpointStatus": status})
            else:
                scenario.asked.append("DescribeEndpoint")
                said = {"__type": "ValidationException", "message": f'Could not find endpoint "{name}".'}
                self._send(400, json.dumps(said).encode(), {"x-amzn-ErrorType": "ValidationException"})

        def _answer(self, operation: str, make: Any) -> None:
            scenario.asked.append(operation)
            scenario.headers.append(dict(self.headers))
            trouble = scenario.troubles.get(operation) or scenario.troubles.get("*")
            if trouble == "slow":
                time.sleep(scenario.slow_s)
            if trouble == "cut":
                self.close_connection = True
                self.connection.close()
                return
            if trouble == "garbage":
                self._send(200, b"<html>not what you asked for", {})
            elif trouble in ERRORS:
                status, code = ERRORS[trouble]
                # AWS quotes the request in some messages: none of this may reach a page.
                body = {"__type": code, "message": f"User with {self.headers.get('Authorization')} is not allowed"}
                self._send(status, json.dumps(body).encode(), {"x-amzn-ErrorType": code})
            else:
                self._send(200, json.dumps(make()).encode(), {})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who waited has gone
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _page(
    scenario: Scenario, pages: list[list[dict[str, Any]]], token: list[str] | None, rows: str, name: str = "nextToken"
) -> dict[str, Any]:
    number = int(token[0]) if token else 0
    answer: dict[str, Any] = {rows: pages[min(number, len(pages) - 1)]}
    if scenario.repeats_its_token:
        answer[name] = "1"
    elif number + 1 < len(pages):
        answer[name] = str(number + 1)
    return answer


def _availability(model_id: str) -> dict[str, Any]:
    return {
        "modelId": model_id,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "SOMETHING_NEW",
        "regionAvailability": "AVAILABLE",
    }


def _hub_content(scenario: Scenario, name: str) -> dict[str, Any]:
    document = {
        "Task": "text-generation",
        "License": "apache-2.0",
        "TrainingSupported": True,
        "DefaultInferenceInstanceType": "ml.g5.2xlarge",
        "SupportedInferenceInstanceTypes": ["ml.g5.2xlarge", "ml.m5.xlarge"],
        "HostingEcrUri": "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:1",
        "HostingArtifactUri": f"s3://jumpstart-cache-prod-us-east-1/{name}/",
        "HostingArtifactS3DataType": "S3Prefix",
        "HostingArtifactCompressionType": "None",
    }
    return {
        **hub_model(name),
        "HubName": "SageMakerPublicHub",
        "HubArn": "arn:aws:sagemaker:us-east-1:aws:hub/SageMakerPublicHub",
        "HubContentDescription": f"{name} continues texts.",
        "HubContentDocument": json.dumps({**document, **scenario.documents.get(name, {})}),
    }

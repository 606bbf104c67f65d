"""boto3 clients that give up quickly: short timeouts, one attempt, no retry behind the visitor's back."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any, Final, Literal

from components.aws.problems import NotConnected, problem_of

Service = Literal["bedrock", "bedrock-runtime", "sagemaker", "sagemaker-runtime"]

CONNECT_TIMEOUT_S: Final = 2.0
READ_TIMEOUT_S: Final = 2.5
PICTURE_TIMEOUT_S: Final = 90.0
"""How long a call that makes something, and costs, may say nothing: somebody wanted it, and waits for it."""
METADATA_TIMEOUT_S: Final = 1
"""How long the instance metadata service may take to hand out credentials. Off AWS nothing answers there."""


@cache
def _loader() -> Any:  # noqa: ANN401 (botocore is untyped)
    """Return the reader of botocore's service descriptions: megabytes of JSON, parsed once a process."""
    from botocore.loaders import create_loader

    return create_loader()


class Aws:
    """A way to AWS with the credentials of this process.

    Raises
    ------
    NotConnected
        If no credentials are found, or no region.
    """

    def __init__(self) -> None:
        import boto3
        import botocore.session
        from botocore.exceptions import BotoCoreError

        core = botocore.session.Session()
        core.register_component("data_loader", _loader())
        core.set_config_variable("metadata_service_timeout", METADATA_TIMEOUT_S)
        core.set_config_variable("metadata_service_num_attempts", 1)
        try:
            region = core.get_config_variable("region") or os.environ.get("AWS_REGION")
            # Asked first: without a region nobody has to wait for the metadata service.
            if not region:
                raise NotConnected("no region")
            credentials = core.get_credentials()
            # A Bedrock API key is no pair of AWS keys: botocore reads it where it signs.
            if credentials is None and "AWS_BEARER_TOKEN_BEDROCK" not in os.environ:
                raise NotConnected("no credentials")
            self._session = boto3.Session(botocore_session=core, region_name=region)
        except BotoCoreError as error:
            raise NotConnected(problem_of(error)) from None  # the chained message may quote a credentials file
        self.region: str = region
        self._clients: dict[tuple[Service, float | None], Any] = {}
        self._making = threading.Lock()

    def client(self, service: Service, *, read_timeout_s: float | None = None) -> Any:  # noqa: ANN401 (made at run time)
        """Return the client of a service. Threads may share it; making one is what boto3 can't do in two threads.

        Parameters
        ----------
        read_timeout_s
            How long an answer may take, where the service's usual limit is too short.
        """
        from botocore.config import Config

        usual = PICTURE_TIMEOUT_S if service.endswith("-runtime") else READ_TIMEOUT_S
        limits = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=read_timeout_s or usual,
            retries={"total_max_attempts": 1},
            user_agent_extra="transformer-dashboard",
        )
        with self._making:
            key = (service, read_timeout_s)
            if key not in self._clients:
                self._clients[key] = self._session.client(service, config=limits)
            return self._clients[key]

    def has(self, service: Service) -> bool:
        """Say whether botocore's own list of regions has the service in this one."""
        return self.region in self._session.get_available_regions(service)

"""What can go wrong with AWS, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.aws.answers import Problem
from components.core.i18n import N_

PROBLEMS: Final[Mapping[Problem, str]] = {
    "no credentials": N_("No AWS credentials were found. Sign in (`aws sso login`) or start this on SageMaker."),
    "no region": N_("No AWS region is set. Set `AWS_DEFAULT_REGION`."),
    "expired": N_("The AWS credentials are no longer valid. Sign in again."),
    "access denied": N_("AWS refused it: the role of this dashboard lacks the permission."),
    "throttled": N_("AWS asks to slow down. Wait a minute, then refresh."),
    "not in region": N_("This service is not offered in the region. Choose another one."),
    "no route": N_("There is no way to AWS from here. In a VPC it needs an interface endpoint."),
    "slow": N_("AWS did not answer within {limit} seconds; what had come is shown. Refresh to ask again."),
    "cut": N_("The connection was cut. Refresh to ask again."),
    "refused": N_("AWS refused the request."),
    "unreadable": N_("The answer could not be read."),
}

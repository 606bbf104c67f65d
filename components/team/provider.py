"""The provider of the sign-in: what `[auth]` in secrets.toml has to hold, and how a sign-in there can end.

The section is checked here before a team's dashboard starts; Streamlit reads it. The cookies are set by the server, on
the way back from the provider, and read by the page to sign in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import urlsplit

from components.core.settings import Settings, SettingsError

TEMPLATE: Final = ".streamlit/secrets.toml.example"
LEAST_SECRET_CHARS: Final = 32

SIGNED_OUT_COOKIE: Final = "dashboard_signed_out"
"""Set for somebody who signed out here and perhaps not at the provider."""

FAILED_COOKIE: Final = "dashboard_sign_in_failed"
"""Set for a moment after a sign-in that failed: how, and the reference in the log, with a dot between."""

Failure = Literal["declined", "refused", "unreachable", "unfinished"]
"""`declined`: the person, or the provider for them. `refused`: the provider does not take what it is asked.
`unreachable`: the provider does not answer, or not now. `unfinished`: anything else."""

_REQUIRED: Final = ("client_id", "client_secret", "server_metadata_url")
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


def require_fit_for_team(auth: Mapping[str, object] | None, settings: Settings, *, base: str) -> None:
    """Check that people can sign in, and that somebody may.

    Parameters
    ----------
    auth
        The section `[auth]`; None if there is none.
    settings
        Who belongs to the team.
    base
        The path that the server lives under; empty for a host of its own.

    Raises
    ------
    SettingsError
        If not; the message says what to write, and quotes no secret.
    """
    if auth is None:
        raise SettingsError(
            "the profile team needs a sign-in: write the section [auth] into .streamlit/secrets.toml. "
            f"{TEMPLATE} shows it, docs/team.md explains it."
        )
    if not (settings.admins or settings.members or settings.viewers):
        raise SettingsError(
            "the profile team would let nobody in: name addresses or domains in admins, members or viewers "
            "(DASHBOARD_MEMBERS='[\"@school.example\"]')."
        )
    _require_good_secret(auth.get("cookie_secret"))
    _require_good_way_back(auth.get("redirect_uri"), base=base)
    _require_own_address_after_sign_out(auth, base=base)
    found = providers(auth)
    if not found:
        raise SettingsError(f"[auth] in secrets.toml names no provider: it needs {', '.join(_REQUIRED)}.")
    for name, section in found.items():
        _require_complete(section, "auth" if name is None else f"auth.{name}")


def providers(auth: Mapping[str, object]) -> dict[str | None, Mapping[str, object]]:
    """Return the providers to choose from by their names; None names one that is written into `[auth]` itself."""
    found: dict[str | None, Mapping[str, object]] = {None: auth} if "client_id" in auth else {}
    for name, section in auth.items():
        if isinstance(section, Mapping) and "client_id" in section:
            found[name] = section
    return found


def is_reached_by_https(auth: Mapping[str, object]) -> bool:
    """Say whether browsers come by https, whatever proxies stand between."""
    return urlsplit(str(auth.get("redirect_uri"))).scheme == "https"


def _require_good_secret(secret: object) -> None:
    if not isinstance(secret, str) or len(secret) < LEAST_SECRET_CHARS:
        raise SettingsError(
            f"cookie_secret of [auth] in secrets.toml has to be at least {LEAST_SECRET_CHARS} characters long: "
            "anybody who guesses it can sign in as anyone. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )


def _require_good_way_back(address: object, *, base: str) -> None:
    path = f"/{base.strip('/')}".rstrip("/") + "/oauth2callback"
    parts = urlsplit(address if isinstance(address, str) else "")
    if not parts.netloc or parts.path != path or parts.query or parts.fragment:
        raise SettingsError(
            f"redirect_uri of [auth] in secrets.toml = {address!r} is not allowed: it is the address that browsers "
            f"see, and ends with {path}: https://dashboard.school.example{path}"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _THIS_MACHINE):
        raise SettingsError(
            f"redirect_uri of [auth] in secrets.toml = {address!r} is not allowed: it has to be https, since a sign-in "
            "over http can be read on the way. Only this machine itself (localhost) does without."
        )


def _require_own_address_after_sign_out(auth: Mapping[str, object], *, base: str) -> None:
    address = auth.get("post_logout_redirect_uri")
    parts = urlsplit(str(auth["redirect_uri"]))
    allowed = (parts.geturl(), parts._replace(path=f"/{base.strip('/')}".rstrip("/") + "/").geturl())
    if address is not None and address not in allowed:
        raise SettingsError(
            f"post_logout_redirect_uri of [auth] in secrets.toml = {address!r} is not allowed: it has to be "
            f"{' or '.join(allowed)}, and known to the provider as an address to come back to after a sign-out. "
            "Without it a sign-out ends here, and not at the provider."
        )


def _require_complete(section: Mapping[str, object], name: str) -> None:
    missing = [key for key in _REQUIRED if not section.get(key)]
    if missing:
        raise SettingsError(f"[{name}] in secrets.toml has no {', '.join(missing)}.")
    if "_" in name:
        raise SettingsError(f"[{name}] in secrets.toml: Streamlit allows no underscore in the name of a provider.")
    parts = urlsplit(str(section["server_metadata_url"]))
    if parts.scheme != "https" and parts.hostname not in _THIS_MACHINE:
        raise SettingsError(f"server_metadata_url of [{name}] in secrets.toml has to be https.")

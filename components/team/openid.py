"""Signing in and out with providers of OpenID Connect that keep to the specification, where Streamlit assumes more.

Streamlit always asks for an account chooser (`prompt=select_account`), which a provider need not have and then refuses.
It reads the ID token alone, whose claims may be at the userinfo endpoint (OpenID Connect Core 1.0, section 5.4). At a
sign-out it names an address to come back to, which providers know as one for signing in.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from components.core.settings import settings
from components.team.provider import SIGNED_OUT_COOKIE, providers

_CHOOSERS: Final = ("https://accounts.google.com", "https://login.microsoftonline.com/")
"""Issuers that document `select_account` and do not list it in their metadata."""

_MOST_SAID_CHARS: Final = 500
_OF_A_PERSON: Final = ("name", "preferred_username")

log = logging.getLogger(__name__)


def choose_prompt(metadata: Mapping[str, Any], *, signed_out: bool) -> str | None:
    """Return what to ask of a provider: a choice of accounts where it has one; None for nothing.

    Parameters
    ----------
    metadata
        What the provider says of itself (OpenID Connect Discovery 1.0).
    signed_out
        Whether this browser signed out here before. Without a choice of accounts the provider is then asked to sign
        the person in again: it may still know them, and the next person at this machine would come in as them.
    """
    wanted = ["select_account", *(["login"] if signed_out else [])]
    supported = metadata.get("prompt_values_supported")
    if not isinstance(supported, list):
        # every provider has login (OpenID Connect Core 1.0, section 15.1)
        supported = ["login", *(["select_account"] if str(metadata.get("issuer")).startswith(_CHOOSERS) else [])]
    return next((each for each in wanted if each in supported), None)


def lacks_address(claims: Mapping[str, Any]) -> bool:
    """Say whether an ID token leaves open which address somebody has, or whether it is theirs."""
    return not claims.get("email") or (settings().verified_email and "email_verified" not in claims)


def complete_claims(claims: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims of an ID token, with what it lacks from the userinfo endpoint.

    Whether an address is verified is only taken from where the address was. An answer about another person counts for
    nothing (OpenID Connect Core 1.0, section 5.3.2).
    """
    if not claims.get("sub") or more.get("sub") != claims["sub"]:
        return dict(claims)
    names = {name: more[name] for name in _OF_A_PERSON if name in more}
    found = {**names, **claims}
    if not claims.get("email"):
        found.pop("email_verified", None)
        return {**found, **{name: more[name] for name in ("email", "email_verified") if name in more}}
    if "email_verified" not in claims and "email_verified" in more and more.get("email") == claims["email"]:
        found["email_verified"] = more["email_verified"]
    return found


def adapt(clients: type[Any]) -> type[Any]:
    """Return Authlib's `OAuth`, as Streamlit has it, with clients that ask a provider for no more than it has."""
    client: type[Any] = clients.oauth2_client_cls

    class Client(client):  # type: ignore[misc]
        async def authorize_redirect(self, request: Any, redirect_uri: str, **more: Any) -> Any:  # noqa: ANN401
            """Send somebody to the provider."""
            if _chosen_prompt(self.name) is None:
                self.client_kwargs.pop("prompt", None)
                asked = choose_prompt(
                    await self.load_server_metadata(), signed_out=SIGNED_OUT_COOKIE in request.cookies
                )
                more |= {} if asked is None else {"prompt": asked}
            return await super().authorize_redirect(request, redirect_uri, **more)

        async def authorize_access_token(self, request: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401
            """Take in what the provider says of somebody who comes back."""
            try:
                token: dict[str, Any] = await super().authorize_access_token(request, **more)
            except Exception as error:
                log.warning("the provider did not finish a sign-in: %s", ascii(str(error))[:_MOST_SAID_CHARS])
                raise
            claims = token.get("userinfo")
            if claims and lacks_address(claims):
                token["userinfo"] = complete_claims(claims, await self._userinfo(token))
            return token

        async def _userinfo(self, token: dict[str, Any]) -> Mapping[str, Any]:
            metadata = await self.load_server_metadata()
            if not metadata.get("userinfo_endpoint"):
                return {}
            try:
                return dict(await self.userinfo(token=token))
            except Exception as error:  # noqa: BLE001 (whatever it answers: the sign-in goes on without)
                log.warning("the userinfo endpoint of the sign-in's provider gave no claims: %r", error)
                return {}

    class Clients(clients):  # type: ignore[misc]
        oauth2_client_cls = Client

    return Clients


def _chosen_prompt(name: str) -> str | None:
    """Return the prompt that the operator wrote into secrets.toml."""
    found = providers(st.secrets["auth"])
    section: Mapping[str, Any] = found.get(name, found.get(None, {}))
    chosen: str | None = section.get("client_kwargs", {}).get("prompt")
    return chosen


def address_after_sign_out() -> str | None:
    """Return where the provider sends somebody who signed out; without it nobody is sent to the provider for that."""
    address: str | None = st.secrets["auth"].get("post_logout_redirect_uri")
    return address

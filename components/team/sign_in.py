"""The door of a team's dashboard: the page to sign in, the page for those who may not come in, the name in the menu."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from components.core.i18n import N_, _
from components.core.roles import Role, Visitor
from components.core.settings import settings
from components.core.text import escape_markdown
from components.team import visits
from components.team.identity import Reason, Refused, admission
from components.team.provider import FAILED_COOKIE, SIGNED_OUT_COOKIE, Failure, providers

_WIDTH_PX: Final = 520
_ROLES: Final[dict[Role, str]] = {
    "viewer": N_("Viewer: lessons and built-in models"),
    "member": N_("Member: everything that is set up"),
    "admin": N_("Admin: also who uses it, and how"),
}
_TITLES: Final[dict[Reason, str]] = {
    "signed out": N_("How Transformers work"),
    "expired": N_("Please sign in again"),
    "incomplete": N_("Your account has no usable e-mail address"),
    "unverified": N_("Your address is not confirmed"),
    "stranger": N_("You don't have access yet"),
}
_TEXTS: Final[dict[Reason, str]] = {
    "signed out": N_(
        "Type a few words and watch a real language model choose the next one. This dashboard belongs to a "
        "team, so please sign in first."
    ),
    "expired": N_(
        "A sign-in lasts {hours:g} hours here, and yours has expired. Sign in again to return to the same view."
    ),
    "incomplete": N_(
        "You signed in, but your provider sent no e-mail address that can be used here. Sign in with another account."
    ),
    "unverified": N_(
        "You signed in as `{email}`, but your provider has not confirmed that this address is yours. Confirm it "
        "there, then sign in again."
    ),
    "stranger": N_(
        "You signed in as `{email}`, and this address may not use the dashboard. Ask the operator to add you, or "
        "sign in with another account."
    ),
}

_FAILURES: Final[dict[Failure, str]] = {
    "declined": N_("Your provider did not sign you in, or the sign-in was cancelled there. You can try again."),
    "refused": N_(
        "Your provider did not accept the sign-in, and trying again will probably not help. Give the operator "
        "of this dashboard the reference `{reference}`: the log has the provider's reason."
    ),
    "unreachable": N_(
        "Your provider did not answer. Try again in a minute. If it still does not answer, give the operator "
        "of this dashboard the reference `{reference}`."
    ),
    "unfinished": N_(
        "The sign-in was not completed. Try again. If it fails again, give the operator of this dashboard the "
        "reference `{reference}`."
    ),
}
_SIGNED_OUT: Final = N_(
    "You are signed out of this dashboard. You may still be signed in with your provider: on a shared "
    "computer, sign out there as well, or close the browser."
)
_WHAT_FOLLOWS: Final = N_(
    "You return to this view afterwards. The dashboard receives your name and e-mail address, never your password."
)


def admits() -> bool:
    """Return whether this visitor may see the page; draw what stands in its place if not."""
    found = admission()
    if not isinstance(found, Refused):
        return True
    visits.note_sign_in(found)
    with st.container(horizontal_alignment="center"), st.container(width=_WIDTH_PX, border=True, key="sign_in"):
        st.title(_(_TITLES[found.reason]), anchor=False)
        st.markdown(_(_TEXTS[found.reason]).format(email=found.email, hours=settings().session_hours))
        if found.reason in ("signed out", "expired"):
            _buttons()
            if found.reason == "signed out":
                st.caption(_(_WHAT_FOLLOWS))
        else:
            st.button(_("Sign out"), key="sign_out", type="primary", icon=":material/logout:", on_click=visits.sign_out)
    return False


def draw_account() -> None:
    """Draw who is signed in, and the button to sign out; nothing for somebody who has not come in."""
    found = admission()
    if not isinstance(found, Visitor) or found.email is None:
        return
    with st.popover(_short(found.name), icon=":material/account_circle:", key="account", width="stretch"):
        st.markdown(f"**{escape_markdown(found.name)}**  \n`{found.email}`")
        st.caption(_(_ROLES[found.role]))
        st.button(_("Sign out"), key="sign_out", icon=":material/logout:", on_click=visits.sign_out, width="stretch")


def _buttons() -> None:
    names = _providers()
    if not names:
        st.error(_("Signing in is not possible yet: the operator of this dashboard has to set up a provider."))
        return
    how, _dot, reference = str(st.context.cookies.get(FAILED_COOKIE, "")).partition(".")
    if how in _FAILURES and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", reference):
        st.warning(_(_FAILURES[how]).format(reference=reference), icon=":material/error:")
    elif SIGNED_OUT_COOKIE in st.context.cookies:
        st.info(_(_SIGNED_OUT), icon=":material/logout:")
    for name in names:
        label = _("Sign in") if name is None else _("Sign in with {provider}").format(provider=name.capitalize())
        st.button(
            label,
            key=f"sign_in_with_{name or 'provider'}",
            type="primary",
            icon=":material/login:",
            on_click=st.login,
            args=() if name is None else (name,),
        )


def _providers() -> tuple[str | None, ...]:
    try:
        return tuple(providers(st.secrets["auth"])) if "auth" in st.secrets else ()
    except StreamlitSecretNotFoundError:
        return ()


def _short(name: str) -> str:
    """Return a name for a narrow button; Streamlit reads a label as Markdown."""
    return escape_markdown(name if len(name) <= 24 else name[:23] + "…")

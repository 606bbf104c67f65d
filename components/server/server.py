"""The server that both starts share: Streamlit's, with what this package puts around it.

`python -m components.server.start` and `streamlit run app.py` check the settings here, set up the process here, and
take the routes and the layers from here.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import streamlit as st
from starlette.middleware import Middleware
from streamlit.errors import StreamlitSecretNotFoundError
from uvicorn.config import LOGGING_CONFIG

from components.core.settings import SettingsError, settings
from components.models.registry import records
from components.operations import logs
from components.registry import PAGES
from components.server import addresses, html_pages, menu, metrics, readiness, shutdown, studio
from components.server.browser_messages import accept_from
from components.server.exports import Exports, note_owner
from components.server.memory import collect_rarely, limit_arenas, reclaim_periodically
from components.server.middleware import KeptFiles, RequestsLog, SecurityHeaders, security_headers
from components.server.return_to_page import ReturnToPage
from components.server.streamlit_internals import messages, sessions, web_server
from components.server.uploads import UploadBounds, refuse_when_full
from components.team.provider import is_reached_by_https, require_fit_for_team
from components.ui import errors
from components.ui.door import Door
from components.ui.session import recognize_browsers_with, supersede_with

WEIGHTS_AFTER_S: Final = 60.0
"""After the start is done; `/readyz` has them read earlier."""

log = logging.getLogger(__name__)

_made: Final[list[bool]] = []


def require_fit() -> None:
    """Check the settings, and whether the profile can work with Streamlit's options as they are.

    Raises
    ------
    SettingsError
        If something has to be changed first.
    """
    profile = settings().profile
    records()  # a mistake in the deployment's own models shows now, not to the first visitor
    if profile == "studio":
        _require_fit_for_studio()
    elif profile == "team":
        require_fit_for_team(_auth(), settings(), base=_base())
        _require_no_trusted_headers()
        _require_database()


def set_up_process() -> None:
    """Do what holds for the whole process. Call it before there are threads."""
    if settings().log_format == "json":
        LOGGING_CONFIG.update(handlers={}, loggers={})  # uvicorn would print lines of its own before ours are set up
    logs.configure(settings().log_format)
    limit_arenas()
    collect_rarely()
    messages.batch_messages()
    adapt_streamlit()
    sessions.silence_script_errors()


def adapt_streamlit() -> None:
    """Have Streamlit do what we need where it has no setting for it; another call changes nothing."""
    messages.filter_messages(accept_from, refuse_when_full)
    messages.check_widget_values()
    sessions.record_owners(note_owner)
    web_server.leave_own_addresses_unknown()
    web_server.take_data_as_icon()


def plug_in() -> Door:
    """Fill the hooks of the other packages, and return the door of the profile. Call it in each run: it costs nothing.

    The modules of a team are imported where a team signs in, and nowhere else.
    """
    recognize_browsers_with(sessions.browser_token)
    supersede_with(sessions.is_superseded)
    if settings().profile != "team":
        return Door()
    from components.team import plug

    return plug.plug_in()


@st.cache_resource(show_spinner=False)
def finish_start() -> None:
    """Do what is left once a page can be drawn: the start-up objects leave the garbage collector.

    A full collection holds the interpreter while it lasts, and modules never become garbage. The model loaders freeze a
    second time, after torch and before the first model. Where Streamlit's own server runs it is adapted here.
    """
    if not is_serving():
        log.warning(
            "served by Streamlit alone: no security headers, no /healthz and /readyz, no orderly end, and a first deep "
            "link may show 'Page not found'. Start it with python -m components.server.start or streamlit run app.py."
        )
        adapt_streamlit()
    gc.collect()
    gc.freeze()
    log.info("start finished: %d objects frozen", gc.get_freeze_count())


def parts() -> dict[str, Any]:
    """Return what `st.App` is given beside the script."""
    _made[:] = [True]
    profile = settings().profile
    slugs = [entry.slug for entry in PAGES]
    root = f"/{_base().strip('/')}".rstrip("/")
    middleware = [
        Middleware(RequestsLog),
        Middleware(SecurityHeaders, headers=security_headers(profile)),
        *_names_checked(root),
        Middleware(KeptFiles, files=html_pages.first_files(root)),
        Middleware(metrics.StreamlitsOwnClosed),
        Middleware(menu.WaitUntilReady),
        Middleware(Exports, root=root),
        Middleware(UploadBounds, root=root),
    ]
    if profile == "team":
        from components.team import openid  # no other profile has a provider

        web_server.adapt_sign_in(openid.adapt, openid.address_after_sign_out)
        secure = is_reached_by_https(_auth() or {})
        middleware.append(Middleware(ReturnToPage, slugs=slugs, base=_base(), secure=secure))
    routes = [*html_pages.page_routes(slugs, base=_base()), metrics.route(root), *readiness.routes(root)]
    return {
        "lifespan": _life,
        "routes": routes,
        "middleware": middleware,
        "on_script_error": errors.show_outside_the_boundary,
    }


def app_options_for_streamlit_run() -> dict[str, Any]:
    """Check the settings, set up the process, and return the parts; a mistake ends the process with what to change."""
    try:
        require_fit()
    except SettingsError as error:
        sys.exit(str(error))
    set_up_process()
    return parts()


def is_serving() -> bool:
    """Return whether this process serves with these parts, and not with Streamlit's server alone."""
    return _made == [True]


def _base() -> str:
    """Return the path that the server lives under: an option, a variable or Streamlit's own file says so."""
    base: str | None = st.get_option("server.baseUrlPath")
    return base or ""


def _auth() -> Mapping[str, Any] | None:
    """Return the section of secrets.toml that says how people sign in."""
    try:
        return dict(st.secrets["auth"]) if "auth" in st.secrets else None
    except StreamlitSecretNotFoundError:
        return None


def _names_checked(root: str) -> list[Middleware]:
    hosts = addresses.known_hosts(
        settings().hosts,
        profile=settings().profile,
        address=_address(),
        redirect_uri=str((_auth() or {}).get("redirect_uri", "")),
    )
    if hosts is None:
        return []
    # what watches the machine asks under names of its own; the numbers without a token are for this machine alone
    watched = ["healthz", "readyz", "_stcore/health", *(["metrics"] if settings().metrics_token_file else [])]
    return [Middleware(addresses.KnownHosts, hosts=hosts, open_paths=[f"{root}/{path}" for path in watched])]


def _announcement() -> str:
    return addresses.announcement(
        _address(),
        st.get_option("server.port"),
        base=_base(),
        https=bool(st.get_option("server.sslCertFile")),
        signs_in=settings().profile == "team",
    )


def _address() -> str:
    """Return where the server listens; empty for all addresses of the machine."""
    address: str | None = st.get_option("server.address")
    return address or ""


def _require_fit_for_studio() -> None:
    if _base():
        raise SettingsError(
            f"server.baseUrlPath = {_base()!r} is not allowed in the profile studio: its proxy takes the prefix off. "
            "So leave it empty."
        )
    if st.get_option("server.enableXsrfProtection"):
        raise SettingsError(
            "The profile studio needs Streamlit's options for its proxy: start it with deploy/studio/start.sh or "
            "python -m components.server.start --profile studio."
        )
    if _auth() is not None:
        raise SettingsError(
            "[auth] in secrets.toml is not allowed in the profile studio: it needs cookies, which do not get through "
            "Studio's proxy. Remove it; Studio's own sign-in decides who comes in."
        )


def _require_no_trusted_headers() -> None:
    """Refuse the option by which Streamlit believes a request's headers about who somebody is, over the sign-in."""
    if st.get_option("server.trustedUserHeaders"):
        raise SettingsError(
            "server.trustedUserHeaders is not allowed in the profile team: anybody who reaches the server could "
            "write another person's address into a header. Leave it empty; the sign-in says who somebody is."
        )


def _require_database() -> None:
    from components.team.store.opening import require_database  # no other profile needs a database's libraries

    require_database(settings())


@asynccontextmanager
async def _life(_app: st.App) -> AsyncIterator[None]:
    """Answer at once, get ready meanwhile, end in good order."""
    shutdown.install_signal_handlers()
    if settings().profile != "studio":  # only Studio's proxy reaches it there; the address comes once it is ready
        _tell(_announcement())
    tasks = [asyncio.create_task(_get_ready()), asyncio.create_task(reclaim_periodically())]
    yield
    for task in tasks:
        task.cancel()


async def _get_ready() -> None:
    await menu.draw()
    logs.configure(settings().log_format)  # again: by now the server has set up its own
    log.info("ready")
    if settings().profile == "studio":
        print(studio.announcement(st.get_option("server.port")), flush=True)
    await asyncio.sleep(WEIGHTS_AFTER_S)  # the first visitor's page has the machine to itself
    readiness.embedded_weights().changed()  # read for the first time, in the background


def _tell(line: str) -> None:
    """Say something to the operator: in the log if that is made for a collector, else where Streamlit would."""
    if settings().log_format == "json":
        log.info(line)
    else:
        print(line, flush=True)

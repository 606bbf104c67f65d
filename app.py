"""The front door: process set-up, language, menu, and the page the visitor asked for.

Streamlit runs this file as a script for each visitor. `streamlit run app.py` first imports it and serves the `app` it
finds.
"""

import streamlit as st

from components.core.i18n import use
from components.operations import script_runs
from components.server import server, session_limit
from components.server.streamlit_internals import plotly_theme, sessions
from components.ui import errors, glossary, language, look, navigation

if __name__ == "__main__":
    server.finish_start()
    door = server.plug_in()
    sessions.stash_widget_state()
    with st.sidebar:
        spoken = language.picker()
    with use(spoken):  # asked for a hundred times a page: of the session it would cost a twentieth of drawing one
        with st.sidebar:
            door.draw_account()
            look.draw_foot()
        look.apply_style()
        glossary.draw_term_style()
        # before the menu, or the browser fetches the page's icon from elsewhere, as the icon of its tab
        st.set_page_config(page_icon=look.icon(), layout="wide")
        page = navigation.menu()
        st.set_page_config(page_title=navigation.browser_title(page))
        with script_runs.track_run(page.url_path), errors.boundary():
            if door.admits() and session_limit.admits():
                door.enter()
                if page.url_path:  # every page but the first may draw figures
                    plotly_theme.make_theme()
                page.run()
    sessions.replay_widget_state()
else:
    app = st.App(__file__, **server.app_options_for_streamlit_run())

"""The server around the pages: start, requests, messages, readiness, what is patched of Streamlit, the orderly end."""

"""Every place that touches a part of Streamlit that is not public: what to look at before Streamlit is updated.

Streamlit is pinned. Each module here says in which release its parts were read, and has a test that fails when they
changed; tests/unit/test_architecture.py keeps them out of all other modules.
"""

"""What the operator sees of it: counts, log lines, errors, and how it stops. Free of Streamlit."""

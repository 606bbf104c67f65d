"""What the operator sees of the dashboard: metrics, log lines, errors, and how it stops. Free of Streamlit."""

"""The dashboard, one package a concept and a few below them: see ARCHITECTURE.md."""

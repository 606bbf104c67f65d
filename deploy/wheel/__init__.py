"""The dashboard as an installed package: app.py, pages, components and what they read, under this one name."""

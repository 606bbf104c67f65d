"""What the playground exports of an answer of an engine that has no export of its own."""

# %% [markdown]
# # Send the same request yourself

# %% [markdown]
# This engine has no script or notebook yet. The data (JSON) has its text and numbers.

"""What the page exports; see `components/ui/notebooks.py` for how it is filled in."""

# %% [markdown]
# # How often each letter occurs
# Needs nothing but Python.

# %% tags=["parameters"]
TEXT = "A cat sat on the mat."

# %%
from collections import Counter

counts = Counter(character for character in TEXT.casefold() if character.isalpha())
total = counts.total()
letters = sorted(counts, key=lambda letter: (-counts[letter], letter))

# %%
result = {
    "total": total,
    "letters": [{"letter": letter, "count": counts[letter], "share": counts[letter] / total} for letter in letters],
}
print(result["letters"][:5])

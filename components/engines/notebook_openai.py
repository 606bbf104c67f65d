"""What the playground exports of an answer of a server that speaks OpenAI's API: the same call, sent with the service's own client.

The client reads addresses and keys from the environment. See `components/ui/notebooks.py`.
"""

# %% [markdown]
# # Send the same request yourself

# %% [markdown]
# Needs openai (`pip install openai`), and the variables `OPENAI_BASE_URL` and `OPENAI_API_KEY`.

# %% [markdown]
# A service may answer differently each time.

# %% tags=["parameters"]
MODEL = "my-model"
SETTINGS = {"max_tokens": 40, "temperature": 0.8}

# %% tags=["parameters", "complete"]
PROMPT = "Star Trek"

# %% tags=["complete"]
from openai import OpenAI

answer = OpenAI().completions.create(model=MODEL, prompt=PROMPT, extra_body=SETTINGS)
text = answer.choices[0].text or ""

# %% tags=["parameters", "chat"]
MESSAGES = [{"role": "user", "content": "Star Trek"}]

# %% tags=["chat"]
from openai import OpenAI

answer = OpenAI().chat.completions.create(model=MODEL, messages=MESSAGES, extra_body=SETTINGS)
text = answer.choices[0].message.content or ""

# %%
read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens
print(text)
result = {"text": text, "steps": [], "usage": {"input_tokens": read, "output_tokens": written}}

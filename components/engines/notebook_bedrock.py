"""What the playground exports of an answer of Amazon Bedrock: the same call, sent with the service's own client.

The client reads addresses and keys from the environment. See `components/ui/notebooks.py`.
"""

# %% [markdown]
# # Send the same request yourself

# %% [markdown]
# Needs boto3 (`pip install boto3`) and AWS credentials. Each run costs money.

# %% [markdown]
# A service may answer differently each time.

# %% tags=["parameters"]
MODEL = "amazon.nova-lite-v1:0"
REQUEST = {"messages": [{"role": "user", "content": [{"text": "Star Trek"}]}], "inferenceConfig": {"maxTokens": 40}}

# %%
import boto3

answer = boto3.client("bedrock-runtime").converse(modelId=MODEL, **REQUEST)
text = "".join(part.get("text", "") for part in answer["output"]["message"]["content"])
read, written = answer["usage"]["inputTokens"], answer["usage"]["outputTokens"]
print(text)
result = {"text": text, "steps": [], "usage": {"input_tokens": read, "output_tokens": written}}

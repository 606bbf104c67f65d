"""What the playground exports of an answer of Amazon SageMaker: the same call, sent with the service's own client.

The client reads addresses and keys from the environment. See `components/ui/notebooks.py`.
"""

# %% [markdown]
# # Send the same request yourself

# %% [markdown]
# Needs boto3 (`pip install boto3`) and AWS credentials. The endpoint costs money as long as it exists.

# %% [markdown]
# A service may answer differently each time.

# %% tags=["parameters"]
ENDPOINT = "my-endpoint"
REQUEST = {"inputs": "Star Trek", "parameters": {"max_new_tokens": 40}}

# %%
import json

import boto3

answer = boto3.client("sagemaker-runtime").invoke_endpoint(
    EndpointName=ENDPOINT, ContentType="application/json", Body=json.dumps(REQUEST).encode()
)
answer = json.loads(answer["Body"].read())

# %% tags=["chat"]
text = answer["choices"][0]["message"]["content"]

# %% tags=["complete"]
text = (answer[0] if isinstance(answer, list) else answer)["generated_text"]

# %%
read = written = None  # this form of answer does not count
print(text)
result = {"text": text, "steps": [], "usage": {"input_tokens": read, "output_tokens": written}}

"""What the page of a JumpStart model exports: try it, fine-tune it, deploy the result, and delete both.

It asks SageMaker and starts machines that cost money, so it does not run by itself.
"""

# %% [markdown]
# In a SageMaker notebook, or anywhere with AWS credentials and an execution role.
# Deploying and training start machines: you pay for every hour until step 4.

# %% tags=["parameters"]
MODEL = "huggingface-llm-falcon-7b-bf16"
VERSION = None  # None: the newest
INSTANCE = None  # None: the model's usual instance type
EXAMPLE = {"inputs": "The meaning of life is", "parameters": {"max_new_tokens": 40}}

# %%
# %pip install "sagemaker<3"
from sagemaker.jumpstart.estimator import JumpStartEstimator
from sagemaker.jumpstart.model import JumpStartModel

# %% tags=["no-licence"]
# 1. Deploy, to try it.
model = JumpStartModel(model_id=MODEL, model_version=VERSION)
predictor = model.deploy(instance_type=INSTANCE)
running = [predictor]

# %% tags=["licence"]
# 1. Deploy, to try it.
model = JumpStartModel(model_id=MODEL, model_version=VERSION)
predictor = model.deploy(instance_type=INSTANCE, accept_eula=True)  # read the licence first
running = [predictor]

# %%
# 2. Try it.
print(predictor.predict(EXAMPLE))

# %% tags=["not-trainable"]
# 3. The hub says that this model cannot be fine-tuned with JumpStart.

# %% tags=["parameters", "trainable"]
TRAINING_INSTANCE = None
ENVIRONMENT = {"accept_eula": "true"}

# %% tags=["trainable"]
# 3. Fine-tune on your data in S3, then deploy the result the same way. Not every model allows it.
estimator = JumpStartEstimator(
    model_id=MODEL, model_version=VERSION, instance_type=TRAINING_INSTANCE, environment=ENVIRONMENT
)
estimator.fit({"training": "s3://your-bucket/training-data/"})
running.append(estimator.deploy())

# %%
# 4. Delete. Without this, every machine keeps costing money.
for each in running:
    each.delete_model()
    each.delete_endpoint()

# %%
# 5. What still runs in this account?
import boto3

print([row["EndpointName"] for row in boto3.client("sagemaker").list_endpoints()["Endpoints"]])

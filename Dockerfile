# The dashboard as an image: docker build --tag transformer-dashboard .
# For a CUDA build of PyTorch: --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130
# The base image by its digest, which `docker buildx imagetools inspect python:3.11-slim-bookworm` prints anew.
FROM python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b AS packages

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /build
COPY requirements.txt requirements.lock ./
# each package must have a hash of the lock; PyTorch comes from an index of its own
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock \
    && grep '^torch==' requirements.txt > torch.txt \
    && /venv/bin/pip install --no-cache-dir --index-url "$TORCH_INDEX" --requirement torch.txt

FROM python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

RUN useradd --system --uid 10001 --no-create-home dashboard \
    && install --directory --owner dashboard /models
COPY --from=packages /venv /venv
WORKDIR /app
COPY . ./
USER 10001
ENV DASHBOARD_CACHE_FOLDER=/models \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["/venv/bin/python", "-m", "components.server.health"]
CMD ["/venv/bin/python", "-m", "components.server.start"]

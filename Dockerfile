# The dashboard as an image: docker build --tag transformer-dashboard .
# For a CUDA build of PyTorch: --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130
FROM python:3.11-slim-bookworm AS packages

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /build
COPY requirements.txt ./
# what stands below "# tests" is for the tests
RUN python -m venv /venv \
    && sed '/^# tests/,$d' requirements.txt > runtime.txt \
    && grep '^torch==' runtime.txt > torch.txt \
    && /venv/bin/pip install --no-cache-dir --index-url "$TORCH_INDEX" --requirement torch.txt \
    && /venv/bin/pip install --no-cache-dir --requirement runtime.txt

FROM python:3.11-slim-bookworm

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
    CMD ["/venv/bin/python", "-m", "components.shell.serving.health"]
CMD ["/venv/bin/python", "-m", "components.shell.start"]

# One image for every program of the engine; docker-compose.yml says which runs what.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements/base.txt /tmp/base.txt
RUN /opt/venv/bin/pip install --require-hashes --only-binary=:all: -r /tmp/base.txt

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/srv/static \
    PULSE_DIRECTORY=/tmp
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin loyalty \
    && install --directory --owner=loyalty --mode=0700 /var/lib/loyalty-anchors
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/loyalty
COPY . .
# Settings want a deployment even to collect files; this one exists during the build alone.
RUN DATABASE_URL=postgres://build/build SECRET_KEY=build python manage.py collectstatic --no-input \
    && python -m compileall -q .
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s \
    CMD ["python", "-m", "loyalty_program.pulse", "web"]
CMD ["gunicorn", "loyalty_program.wsgi", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", "--worker-tmp-dir=/tmp", "--no-control-socket"]

"""Compose without Docker: what its files name is there or made, fits the image, and passes the checks of the start."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import tomllib
import urllib.request
from pathlib import Path

import psycopg
import pytest
import yaml

from components.core.settings import Settings, database_problem
from components.server import shutdown, start
from components.team.provider import require_fit_for_team
from components.tokenizer.isolation.pool import CHILDREN
from components.tokenizer.isolation.worker import Limits
from tests.browser.serving import READY_WITHIN_S
from tests.services.docker import image
from tests.services.postgres.server import PASSWORD, QUOTED, postgresql
from tests.unit.source_tree import ROOT

TEAM = ROOT / "deploy" / "team"
OWN = "./deploy/team/own/"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
TLS = yaml.safe_load((TEAM / "tls.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]


def prepared(folder: Path) -> dict[str, str]:
    subprocess.run(["bash", TEAM / "prepare.sh", folder], check=True, timeout=READY_WITHIN_S, stdout=subprocess.DEVNULL)
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def made(own):
    return prepared(own)


def test_every_file_it_needs_is_made(made):
    files = [entry["file"] for kind in ("configs", "secrets") for entry in COMPOSE[kind].values()]
    assert {file.removeprefix(OWN) for file in files} == set(made)
    brought = {entry["file"].removeprefix(OWN) for entry in TLS["secrets"].values()}
    assert brought == {"certificate.pem", "key.pem"}  # from the authority that gives out certificates


def test_what_is_secret_is_for_its_owner_alone_new_each_time_and_stays(own, made, tmp_path):
    assert {stat.S_IMODE(path.stat().st_mode) for path in own.iterdir()} == {0o600}
    assert prepared(own) == made
    others = prepared(tmp_path)
    assert all(others[name] != made[name] for name in ("database_password", "database", "secrets.toml"))
    assert (ROOT / ".gitignore").read_text("utf-8").count("/deploy/team/own/\n") == 1


def test_the_dashboard_takes_what_was_made(made):
    assert made["database_password"] in made["database"]
    assert database_problem(made["database"]) is None
    settings = Settings(profile="team", **tomllib.loads(made["dashboard.toml"]))
    auth = tomllib.loads(made["secrets.toml"])["auth"]
    require_fit_for_team({**auth, "client_id": "x", "client_secret": "y"}, settings, base="")


def test_the_services_find_each_other_and_their_secrets():
    nginx, dashboard, postgres = SERVICES["nginx"], SERVICES["dashboard"], SERVICES["postgres"]
    template = (ROOT / "deploy" / "nginx" / "default.conf.template").read_text("utf-8")
    filled = {name for name in nginx["environment"] if name.startswith("DASHBOARD_")}
    assert filled == set(re.findall(r"\$\{(DASHBOARD_\w+)\}", template))
    assert nginx["environment"]["DASHBOARD_UPSTREAM"] == f"dashboard:{image.last('EXPOSE').words}"
    for service, needs in (("nginx", "dashboard"), ("dashboard", "postgres")):
        assert SERVICES[service]["depends_on"][needs]["condition"] == "service_healthy"
    for mount in (*nginx["volumes"], *TLS["services"]["nginx"]["volumes"]):
        assert Path(ROOT, mount.split(":")[0]).is_file()
    environment = dashboard["environment"]
    assert environment["DASHBOARD_PROFILE"] == "team"
    targets = {entry["source"]: entry["target"] for entry in (*dashboard["secrets"], *dashboard["configs"])}
    root = image.last("WORKDIR").words
    assert targets == {
        "database": environment["DASHBOARD_DATABASE_FILE"],
        "sign_in": f"{root}/.streamlit/secrets.toml",
        "dashboard": f"{root}/dashboard.toml",
    }
    user, name = (postgres["environment"][key] for key in ("POSTGRES_USER", "POSTGRES_DB"))
    assert (TEAM / "prepare.sh").read_text("utf-8").count(f"postgresql://{user}:%s@postgres:5432/{name}") == 1
    [volume] = dashboard["volumes"]
    assert volume.split(":")[1] == image.environment()["DASHBOARD_CACHE_FOLDER"]


def test_the_image_starts_as_compose_starts_it_with_a_real_database(made, tmp_path):
    """Its files, its command, the files of prepare.sh, PostgreSQL: what Docker would put together, without Docker."""
    image.copy_context(tmp_path / "app")
    settings = made["dashboard.toml"].replace("you@school.example", "head@school.example")
    auth = made["secrets.toml"].replace('client_id = ""', 'client_id = "x"', 1)
    auth = auth.replace('client_secret = ""', 'client_secret = "y"', 1)
    (tmp_path / "app" / "dashboard.toml").write_text(settings)
    (tmp_path / "app" / ".streamlit" / "secrets.toml").write_text(auth)
    with postgresql() as server, server.database() as address:
        (tmp_path / "database").write_text(address)
        variables = {"DASHBOARD_PROFILE": "team", "DASHBOARD_DATABASE_FILE": str(tmp_path / "database")}
        with image.running(tmp_path, **variables) as dashboard:
            with urllib.request.urlopen(f"{dashboard.origin}/readyz", timeout=READY_WITHIN_S) as answer:
                ready = json.load(answer)
            with psycopg.connect(address) as connection:
                [(tables,)] = connection.execute("SELECT count(*) FROM alembic_version").fetchall()
        log = dashboard.log.read_text()
    assert ready["ready"] is True
    assert tables == 1
    assert PASSWORD not in log
    assert QUOTED not in log
    assert "Traceback" not in log
    assert dashboard.process.returncode == 0


def test_the_database_is_out_of_reach_and_each_container_kept_small():
    assert SERVICES["postgres"]["networks"] == ["back"]
    assert "back" not in SERVICES["nginx"]["networks"]
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    for name, service in SERVICES.items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        assert "healthcheck" in service or name == "dashboard", name  # its image brings one
    assert "unprivileged" in SERVICES["nginx"]["image"]
    for name in ("dashboard", "postgres"):
        assert SERVICES[name]["read_only"] is True
    for name in ("dashboard", "nginx"):
        assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_stopping_it_waits_as_long_as_it_takes():
    assert int(SERVICES["dashboard"]["stop_grace_period"].removesuffix("s")) > shutdown.GONE_S
    unit = (TEAM / "dashboard.service").read_text("utf-8")
    assert int(re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[1]) > shutdown.GONE_S


def test_the_service_of_systemd_starts_what_there_is():
    unit = (TEAM / "dashboard.service").read_text("utf-8")
    words = shlex.split(re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)[1])
    assert words[1:3] == ["-m", start.__spec__.name]
    assert start._options("team", words[3:]) == {"server.address": "127.0.0.1", "server.port": 8501}
    variables = {f"DASHBOARD_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"^Environment=(DASHBOARD_\w+)=", unit, re.MULTILINE)) <= variables
    assert os.path.isabs(words[0])


def test_none_can_take_the_memory_or_the_processes_of_the_machine():
    """The dashboard's limit leaves room for models beside the child processes of visitors' tokenizers."""
    for name, service in SERVICES.items():
        assert re.fullmatch(r"(\$\{DASHBOARD_MEMORY_LIMIT:-)?\d+[gm]\}?", service["mem_limit"]), name
        assert 0 < service["pids_limit"] <= 1024, name
    unit = (TEAM / "dashboard.service").read_text("utf-8")
    gigabytes = int(re.search(r"^MemoryMax=(\d+)G$", unit, re.MULTILINE)[1])
    assert SERVICES["dashboard"]["mem_limit"] == f"${{DASHBOARD_MEMORY_LIMIT:-{gigabytes}g}}"
    assert gigabytes * 1_000_000_000 > 2 * CHILDREN * Limits().memory_bytes
    assert re.search(r"^TasksMax=\d+$", unit, re.MULTILINE)

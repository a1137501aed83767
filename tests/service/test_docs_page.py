"""`/docs` in a real browser that reaches this server alone."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect, sync_playwright

from oracle.model.bundle import Bundle
from oracle.service import api
from oracle.service.api import create_app
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.store import Store
from tests.small_network import Network

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def test_the_description_needs_nothing_from_elsewhere(network: Network, bundle: Bundle, store: Store) -> None:
    if not Path(api.DAPP_DIRECTORY, "swagger-ui").is_dir():
        pytest.skip("the page is not built with Swagger UI: run `make dapp`")
    if CHROMIUM is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium found; install it with: apt-get install chromium")
    server = HttpServer(
        create_app(Daemon(network.cycle(bundle, store)), network.record.as_json()), take_port("127.0.0.1", 0)
    )
    server.start()
    elsewhere: list[str] = []

    def only_here(route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(server.url).netloc or route.request.url.startswith("data:"):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", only_here)
        page.goto(f"{server.url}/docs")
        expect(page.get_by_text("/v1/epochs/{epoch}", exact=True)).to_be_visible(timeout=30_000)
        expect(page.get_by_text("/v1/nodes/{node}", exact=True)).to_be_visible()
        browser.close()
    server.stop()
    assert elsewhere == []

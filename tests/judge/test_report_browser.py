"""The page in a real browser: the language switch, the width of a phone, a quiet console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import report_sample

from seedbed.judge.report import write

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (Path("/usr/bin/chromium").exists() and shutil.which("chromedriver")),
        reason="needs Debian's chromium and chromium-driver",
    ),
]
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run", "--lang=en-US"),
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    report = report_sample.report()
    report["worst"][0]["text"] = "https://example.com/" + "unbroken" * 60
    report["labels"][0]["label"] = report["worst"][0]["truth"] = "a_label_that_never_ends_" * 6
    report["explained"][0]["text"] = "<script>document.title = 'taken'</script>"
    write(report, path)
    return path.as_uri()


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in FLAGS:
        options.add_argument(flag)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    browser = webdriver.Chrome(options, service)
    yield browser
    browser.quit()


def visible(driver: Any, tongue: str) -> bool:
    return bool(driver.find_element("css selector", f"h1 [lang='{tongue}']").is_displayed())


def open_fresh(driver: Any, url: str) -> None:
    driver.get("about:blank")
    driver.get(url)


def test_the_switch_changes_the_language_and_is_remembered(driver: Any, page: str) -> None:
    open_fresh(driver, page)
    assert visible(driver, "en")
    assert not visible(driver, "zh-Hans")
    driver.find_element("css selector", "label[for='say-zh']").click()
    assert visible(driver, "zh-Hans")
    assert not visible(driver, "en")
    assert "苗床" in driver.title
    assert driver.find_element("tag name", "html").get_attribute("lang") == "zh-Hans"
    open_fresh(driver, page)
    assert visible(driver, "zh-Hans")
    open_fresh(driver, page + "#en")
    assert visible(driver, "en")


def test_the_switch_works_from_the_keyboard(driver: Any, page: str) -> None:
    open_fresh(driver, page + "#en")
    driver.find_element("id", "say-en").send_keys("\ue014")  # the right arrow
    assert visible(driver, "zh-Hans")


def test_the_switch_works_without_a_script(driver: Any, page: str) -> None:
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        open_fresh(driver, page)
        label = driver.find_element("css selector", "label[for='say-zh']")
        label.click()
        assert visible(driver, "zh-Hans")
        assert not visible(driver, "en")
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("tongue", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_nothing_is_wider_than_the_window(driver: Any, page: str, width: int, tongue: str) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    open_fresh(driver, f"{page}#{tongue}")
    driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    inside = driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert inside[0] <= width
    assert inside[1] == width


def test_the_console_is_quiet_and_no_text_ran(driver: Any, page: str) -> None:
    driver.get_log("browser")
    open_fresh(driver, page + "#en")
    assert driver.get_log("browser") == []
    assert driver.title == "bank-intents 3 · Seedbed report"

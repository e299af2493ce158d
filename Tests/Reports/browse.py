#!/usr/bin/env python3
"""Opens the pages of a folder in a headless Chromium, and uses them as people do.

usage: browse.py FOLDER PICTURES
Ends with 1 and says so where a page asks for something outside itself, writes to the console, takes
text for markup, or cannot be used by keyboard.
"""
import json
import os
import sys

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

folder, pictures = (os.path.abspath(path) for path in sys.argv[1:])
faults = []


def check(holds, page, what):
    if not holds:
        faults.append(f"{page}: {what}")


def browser():
    options = Options()
    for option in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                   "--disable-background-networking", "--disable-component-update",
                   "--no-first-run", "--window-size=1000,1400"]:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def requests(driver):
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


def opened(driver):
    return [d.get_attribute("open") is not None
            for d in driver.find_elements(By.CSS_SELECTOR, "details.step")]


def press(driver, *keys):
    for key in keys:
        ActionChains(driver).send_keys(key).perform()


def use_keyboard(driver, page):
    """Tab reaches the skip link and the buttons, Enter presses them, j and k go over the steps."""
    driver.execute_script("document.activeElement.blur()")
    steps = driver.find_elements(By.CSS_SELECTOR, "details.step > summary")
    press(driver, "j")
    check(driver.switch_to.active_element == steps[0], page, "j does not go to the first step")
    before = opened(driver)[0]
    press(driver, Keys.ENTER)
    check(opened(driver)[0] != before, page, "Enter does not open a step")
    if len(steps) > 1:
        press(driver, "j", "k")
        check(driver.switch_to.active_element == steps[0], page, "k does not go back")
    everything = driver.find_element(By.ID, "all")
    everything.send_keys(Keys.ENTER)
    check(all(opened(driver)), page, "'Open all' leaves a step closed")
    check(everything.get_attribute("aria-pressed") == "true", page, "'Open all' is not pressed")


def look(driver, page):
    driver.get(f"file://{folder}/{page}")
    outside = [url for url in requests(driver) if not url.startswith(("file://" + folder, "data:"))]
    check(not outside, page, f"asks for {outside}")
    check("owned" not in driver.title, page, "text was run as a script")
    for tag in ["img", "iframe", "link", "object", "embed", "form"]:
        check(not driver.find_elements(By.TAG_NAME, tag), page, f"has an element <{tag}>")
    check(len(driver.find_elements(By.TAG_NAME, "script")) == 1, page, "has a second script")
    check(driver.find_elements(By.CSS_SELECTOR, "main#content, h1"), page, "has no heading")
    theme = driver.find_element(By.ID, "theme")
    colours = []
    for _ in range(2):
        colours.append(driver.execute_script(
            "return getComputedStyle(document.body).backgroundColor"))
        name = page.replace(".html", f"-{len(colours)}.png")
        driver.save_screenshot(os.path.join(pictures, name))
        theme.send_keys(Keys.ENTER)
    check(colours[0] != colours[1], page, "dark and light look alike")
    if driver.find_elements(By.CSS_SELECTOR, "details.step"):
        use_keyboard(driver, page)
    driver.save_screenshot(os.path.join(pictures, page.replace(".html", "-open.png")))
    driver.set_window_size(360, 800)
    wide = driver.execute_script("return document.documentElement.scrollWidth")
    check(wide <= 500, page, f"is {wide} wide on a telephone")
    driver.set_window_size(1000, 1400)
    console = [entry["message"] for entry in driver.get_log("browser")]
    check(not console, page, f"writes to the console: {console}")
    size = os.path.getsize(os.path.join(folder, page))
    check(size < 500_000, page, f"has {size} bytes")


driver = browser()
try:
    pages = sorted(name for name in os.listdir(folder) if name.endswith(".html"))
    if not pages:
        sys.exit("no page to look at")
    for page in pages:
        look(driver, page)
finally:
    driver.quit()
for fault in faults:
    print(fault)
if faults:
    sys.exit(1)
print(f"{len(pages)} pages hold in Chromium: {', '.join(pages)}", file=sys.stderr)

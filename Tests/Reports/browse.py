#!/usr/bin/env python3
"""Opens the pages of a folder in a headless Chromium, and uses them as people do.

usage: browse.py FOLDER PICTURES
Ends with 1 and says so where a page asks for something outside itself, writes to the console, takes
text for markup, or cannot be used by keyboard.
"""
import base64
import json
import os
import sys
import time

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


def until(holds):
    """Whether it comes to hold: a key's effect may follow the key by some events."""
    end = time.monotonic() + 10
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


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


def colour(driver):
    return driver.execute_script("return getComputedStyle(document.body).backgroundColor")


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
    check(until(lambda: driver.switch_to.active_element == steps[0]), page, "j does not go to the first step")
    before = opened(driver)[0]
    press(driver, Keys.ENTER)
    check(until(lambda: opened(driver)[0] != before), page, "Enter does not open a step")
    if len(steps) > 1:
        press(driver, "j", "k")
        check(until(lambda: driver.switch_to.active_element == steps[0]), page, "k does not go back")
    everything = driver.find_element(By.ID, "all")
    everything.send_keys(Keys.ENTER)
    check(until(lambda: all(opened(driver))), page, "'Open all' leaves a step closed")
    check(everything.get_attribute("aria-pressed") == "true", page, "'Open all' is not pressed")


# Every text that is seen and its ratio to what lies behind it, as WCAG 2 reckons it; only those below 4.5.
CONTRAST = """
function parts(c) {
  var m = c.match(/^color\\(srgb ([^)]*)\\)/);
  if (m) { var v = m[1].split(/[ \\/]+/).map(Number); return [v[0]*255, v[1]*255, v[2]*255, v[3] === undefined ? 1 : v[3]]; }
  v = c.match(/[\\d.]+/g).map(Number); return [v[0], v[1], v[2], v[3] === undefined ? 1 : v[3]];
}
function over(a, b) { return [0, 1, 2].map(i => a[i]*a[3] + b[i]*(1-a[3])).concat(1); }
function light(c) {
  var l = [0, 1, 2].map(i => { var v = c[i]/255; return v <= .03928 ? v/12.92 : Math.pow((v+.055)/1.055, 2.4); });
  return .2126*l[0] + .7152*l[1] + .0722*l[2];
}
function behind(e) {
  var all = [];
  for (; e; e = e.parentElement) {
    var style = getComputedStyle(e);
    // A printer leaves out what a page does not insist on.
    if (!ON_PAPER || style.printColorAdjust === 'exact') all.push(parts(style.backgroundColor));
  }
  return all.reverse().reduce((under, c) => over(c, under), PAPER);
}
var low = {}, ON_PAPER = arguments[0], PAPER = ON_PAPER ? [255, 255, 255, 1] : parts(getComputedStyle(document.documentElement).backgroundColor);
var walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), node;
while ((node = walk.nextNode())) {
  var e = node.parentElement;
  if (!node.data.trim() || !e.checkVisibility() || ['SCRIPT', 'STYLE'].includes(e.tagName)) continue;
  var under = behind(e), ink = over(parts(getComputedStyle(e).color), under);
  var a = light(ink), b = light(under), ratio = (Math.max(a, b)+.05) / (Math.min(a, b)+.05);
  if (ratio < 4.5) low[e.tagName + '.' + e.className + ' ' + ratio.toFixed(2)] = node.data.trim().slice(0, 20);
}
return low;
"""


def command(driver, name, **values):
    return driver.execute_cdp_cmd(name, values)


def fit(driver, page, width):
    """Nothing is wider than the screen but what scrolls by itself; pictures of the light and dark page."""
    command(driver, "Emulation.setDeviceMetricsOverride", width=width, height=1400, deviceScaleFactor=1,
            mobile=False)
    for scheme in ["light", "dark"]:
        command(driver, "Emulation.setEmulatedMedia",
                features=[{"name": "prefers-color-scheme", "value": scheme}])
        driver.get(f"file://{folder}/{page}")
        driver.save_screenshot(os.path.join(pictures, page.replace(".html", f"-{width}-{scheme}.png")))
        driver.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        wide = driver.execute_script("return document.documentElement.scrollWidth")
        check(wide <= width, page, f"is {wide} wide where {width} can be seen")


def read_it(driver, page):
    """Every text can be told from what lies behind it."""
    for scheme in ["light", "dark"]:
        command(driver, "Emulation.setEmulatedMedia",
                features=[{"name": "prefers-color-scheme", "value": scheme}])
        low = driver.execute_script(CONTRAST, False)
        check(not low, page, f"is hard to read when {scheme}: {low}")


def print_it(driver, page):
    """Paper is white: dark ink also from a dark screen, every part open, no button."""
    command(driver, "Emulation.setEmulatedMedia", media="print",
            features=[{"name": "prefers-color-scheme", "value": "dark"}])
    driver.get(f"file://{folder}/{page}")
    driver.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    low = driver.execute_script(CONTRAST, True)
    check(not low, page, f"is hard to read on paper: {low}")
    check(all(d.get_attribute("open") is not None for d in driver.find_elements(By.TAG_NAME, "details")),
          page, "is printed with parts closed")
    check(not driver.find_element(By.ID, "theme").is_displayed(), page, "prints its buttons")
    driver.execute_script("window.dispatchEvent(new Event('afterprint'))")
    with open(os.path.join(pictures, page.replace(".html", ".pdf")), "wb") as file:
        file.write(base64.b64decode(command(driver, "Page.printToPDF")["data"]))
    command(driver, "Emulation.setEmulatedMedia", media="", features=[])
    command(driver, "Emulation.clearDeviceMetricsOverride")


def follow(driver, page):
    """Where something failed a link leads to it, and opens it."""
    links = driver.find_elements(By.CSS_SELECTOR, ".next a")
    if not links:
        return
    target = driver.find_element(By.CSS_SELECTOR, links[0].get_attribute("href").replace(
        driver.current_url.split("#")[0], ""))
    for which in ["", " the second time"]:
        driver.execute_script("arguments[0].open = false; document.activeElement.blur()", target)
        links[0].send_keys(Keys.ENTER)
        check(until(lambda: target.get_attribute("open") is not None), page,
              f"the link to what failed opens nothing{which}")
        check(until(lambda: driver.switch_to.active_element == target.find_element(By.TAG_NAME, "summary")),
              page, f"the link to what failed does not go there{which}")
        check(driver.current_url.endswith(links[0].get_attribute("href")), page,
              f"the address does not name the step that was gone to{which}")
    driver.execute_script("arguments[0].open = false", target)
    driver.back()
    driver.forward()
    check(until(lambda: target.get_attribute("open") is not None), page, "Back and Forward open nothing")


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
    for which in [1, 2]:
        driver.save_screenshot(os.path.join(pictures, page.replace(".html", f"-{which}.png")))
        before = colour(driver)
        theme.send_keys(Keys.ENTER)
        check(until(lambda: colour(driver) != before), page, "dark and light look alike")
    if driver.find_elements(By.CSS_SELECTOR, "details.step"):
        follow(driver, page)
        use_keyboard(driver, page)
    driver.save_screenshot(os.path.join(pictures, page.replace(".html", "-open.png")))
    for width in [1280, 400, 320]:
        fit(driver, page, width)
    read_it(driver, page)
    print_it(driver, page)
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

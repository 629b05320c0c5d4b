"""What the page's tests share: a bot that always has something to show, and Chromium."""
import http.client
import json
import os
import shutil
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "test", "sim", "lib"))
from scene import Bot, NAME, check, children, finish, room, wait_for, write  # noqa: E402

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
except ImportError:
    sys.exit(f"{NAME}: apt-get install python3-selenium chromium chromium-driver")

browsers = []
DRIVER = shutil.which("chromedriver")
if DRIVER is None:
    sys.exit(f"{NAME}: apt-get install chromium chromium-driver")

# What a page is judged by, as scripts: empty lists are good.
SMALL = """
return [...document.querySelectorAll("button, input, summary, a[href]")]
	.filter((e) => e.checkVisibility() && !e.classList.contains("skip"))
	.map((e) => [e.id || e.textContent.trim(), e.getBoundingClientRect().height])
	.filter(([, h]) => h < 44);
"""
WIDE = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
# Every element that shows text of its own, against the nearest ground that is painted.
CONTRAST = """
const light = (c) => {
	const [r, g, b] = c.map((x) => x / 255)
		.map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const parse = (s) => s.match(/[\\d.]+/g).map(Number);
const ground = (e) => {
	for (; e; e = e.parentElement) {
		const c = parse(getComputedStyle(e).backgroundColor);
		if (c.length < 4 || c[3] === 1) return c.slice(0, 3);
	}
	return [255, 255, 255];
};
const bad = [];
for (const e of document.querySelectorAll("body *")) {
	if (!e.checkVisibility() || e.tagName === "METER") continue;
	if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
	const style = getComputedStyle(e);
	const a = light(parse(style.color).slice(0, 3)), b = light(ground(e));
	const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	if (ratio < 4.5) bad.push(`${e.tagName} "${e.textContent.trim().slice(0, 30)}" ${ratio}`);
}
return bad;
"""
# The colours by name, also those that nothing shows just now.
PALETTE = """
const names = ["ink", "quiet", "up", "down", "accent", "danger"];
const style = getComputedStyle(document.documentElement);
const light = (name) => {
	const hex = style.getPropertyValue("--" + name).trim().slice(1);
	const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
		.map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => {
	const x = light(a), y = light(b);
	return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};
const bad = [];
for (const n of names)
	for (const g of ["paper", "ground"])
		if (!(ratio(n, g) >= 4.5)) bad.push(`${n} on ${g}: ${ratio(n, g)}`);
if (!(ratio("warn", "warn-ground") >= 4.5)) bad.push("warn: " + ratio("warn", "warn-ground"));
if (!(ratio("focus", "ground") >= 3)) bad.push("focus: " + ratio("focus", "ground"));
return bad;
"""
OUTLINE = """
const e = document.activeElement, s = getComputedStyle(e);
return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
"""
# One instance that buys at every bar, one that buys once and holds, one that never does.
INI = """
[account]
mode = sim
[exchange]
speed = 120
[strategy often]
use = mean_reversion
need = 1
vol_mult = 0
rs = no
exit = none
hold = 5m
stop = 20%
target = 50%
[strategy holds]
use = mean_reversion
need = 1
vol_mult = 0
rs = no
exit = none
hold = 0
stop = 30%
target = 90%
[strategy never]
use = mean_reversion
rsi_max = 1
[instance quick]
strategy = often
symbols = AAPL MSFT
skip_open = 0
[instance holder]
strategy = holds
symbols = NVDA SPY
skip_open = 0
hold_overnight = yes
[instance waits]
strategy = never
symbols = QQQ IWM
"""


def bot(*sets, name="bot"):
    b = Bot(write(name + ".ini", INI), "data-" + name, *sets, name=name)
    b.start()
    if not b.ready():
        sys.exit(f"{NAME}: gambler did not start: {b.said()}")
    return b


def call(b, method, path, body=None, token=None):
    """Status and JSON of a request, as another program of this machine makes it."""
    c = http.client.HTTPConnection(b.listen, timeout=60)
    headers = {"Authorization": "Bearer " + token} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    c.request(method, path, None if body is None else json.dumps(body), headers)
    r = c.getresponse()
    text = r.read()
    c.close()
    return r.status, json.loads(text) if text else None


class Page:
    def __init__(self, width, height, dark=False):
        o = Options()
        for a in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update",
                  "--disable-sync", "--disable-dev-shm-usage",
                  "--user-data-dir=" + tempfile.mkdtemp(dir=room())):
            o.add_argument(a)
        o.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        o.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
        self.d = webdriver.Chrome(service=Service(DRIVER), options=o)
        browsers.append(self.d)
        self.size(width, height)
        self.theme(dark)

    def size(self, width, height):
        self.d.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})

    def theme(self, dark):
        self.d.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def open(self, b):
        self.base = f"http://{b.listen}"
        self.d.get(self.base + "/")

    def js(self, script, *arguments):
        return self.d.execute_script(script, *arguments)

    def text(self, css):
        return self.js("return document.querySelector(arguments[0])?.textContent ?? null", css)

    def visible_text(self, css):
        return self.js("const e = document.querySelector(arguments[0]);"
                       "return e && e.checkVisibility() ? e.innerText : null", css)

    def keys(self, *keys):
        chain = ActionChains(self.d)
        for k in keys:
            chain.send_keys(k)
        chain.perform()

    def focused(self):
        """Id, or the attributes by which a button of a list is known."""
        return self.js("const a = document.activeElement; return a.id || a.dataset.why ||"
                       "a.dataset.do || a.textContent.trim() || a.tagName")

    def focus(self, css):
        self.js("document.querySelector(arguments[0]).focus()", css)

    def until(self, script, seconds, *arguments):
        """The first true value of the script; None when it stays false."""
        return wait_for(lambda: self.js(script, *arguments), seconds, 0.05) or None

    def clean(self, allowed=()):
        """Nothing on the console, nothing asked of anybody but gambler."""
        for line in self.d.get_log("browser"):
            if not any(a in line["message"] for a in allowed):
                check(False, f"the console stays empty: {line['level']} {line['message']}")
        for entry in self.d.get_log("performance"):
            m = json.loads(entry["message"])["message"]
            if m["method"] == "Network.requestWillBeSent":
                # The browser's own start page asks as it likes: ours is judged.
                if not m["params"].get("documentURL", "").startswith(self.base):
                    continue
                url = m["params"]["request"]["url"]
                inside = url.startswith((self.base + "/", "data:"))
                check(inside, f"only gambler is asked, not {url}")
            check(m["method"] != "Network.webSocketCreated", "no WebSocket is opened")


def main(*tests):
    for t in tests:
        try:
            t()
        except Exception as e:      # noqa: BLE001: one broken part does not hide the others
            check(False, f"{t.__name__} goes through: {type(e).__name__}: {str(e)[:600]}")
    for d in browsers:
        d.quit()                        # a driver that is left behind lives on
    finish()


__all__ = ["CONTRAST", "OUTLINE", "PALETTE", "SMALL", "WIDE", "Bot", "Keys", "Page", "bot", "call",
           "check", "children", "main", "room", "wait_for"]

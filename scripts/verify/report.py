"""Opens report pages in headless Chromium, checks them, and takes screenshots to look at.

    python report.py PAGE.html... --output FOLDER [--chromium PATH]

Needs Chromium (or Chrome), `pip install websocket-client pillow`, and for screenshots of printed pages pdftoppm
(poppler-utils). Checks of each page: no request, no error, no shift of its layout, no horizontal overflow from 360
pixels on, sliders, sorting and values under the pointer, dark colors, all of it readable without scripts, and on paper.
Exits with 1 if a check fails.
"""

import argparse
import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import websocket

BEFORE = """
window.__errors = []; window.__shift = 0;
addEventListener('error', e => __errors.push(String(e.message)));
addEventListener('securitypolicyviolation', e => __errors.push('blocked ' + e.blockedURI));
new PerformanceObserver(l => l.getEntries().forEach(e => { if (!e.hadRecentInput) __shift += e.value; }))
  .observe({ type: 'layout-shift', buffered: true });
"""

INTERACTION = """
(() => {
  const found = { errors: __errors, shift: __shift };
  const slider = document.querySelector('.compare input');
  if (slider) {
    const clip = () => getComputedStyle(document.querySelector('.compare .truth')).clipPath;
    const before = clip();
    slider.value = 80; slider.dispatchEvent(new Event('input', { bubbles: true }));
    found.slider = before !== clip();
  }
  const heading = [...document.querySelectorAll('th button')].find(b => b.textContent === 'IoU');
  if (heading) {
    const table = heading.closest('table');
    const values = () => [...table.tBodies[0].rows].map(r => +r.cells[heading.parentNode.cellIndex].dataset.value);
    heading.click();
    const down = values(); heading.click();
    const up = values();
    const rises = list => list.every((v, i) => !i || v >= list[i - 1]);
    found.sorting = rises(up) && rises([...down].reverse());
    heading.click();
  }
  const chart = document.querySelector('.chart svg[tabindex]');
  if (chart) {
    chart.focus();
    chart.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }));
    const tip = document.querySelector('.tip');
    found.values = tip && tip.textContent;
    chart.blur();
    found.hidden = !document.querySelector('.tip');
  }
  const picture = document.querySelector('.ranking[data-classes] .compare');
  if (picture) {
    const box = picture.getBoundingClientRect();
    const place = { clientX: box.left + box.width / 3, clientY: box.top + box.height / 2 };
    picture.dispatchEvent(new PointerEvent('pointermove', place));
    found.names = /^here: .+, predicted .+/.test(document.querySelector('.here').textContent);
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  found.ids = new Set(ids).size === ids.length;
  found.alternatives = [...document.images].every(i => i.alt && i.complete && i.naturalWidth);
  found.labels = [...document.querySelectorAll('input')].every(i => i.labels.length || i.getAttribute('aria-label'));
  return found;
})()
"""


class Browser:
    """A headless Chromium, controlled through its DevTools protocol."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0",
             "--remote-allow-origins=*", f"--user-data-dir={self.folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = pathlib.Path(self.folder) / "DevToolsActivePort"
        for _ in range(300):
            if port_file.exists() and port_file.read_text().count("\n"):
                break
            time.sleep(0.1)
        port = port_file.read_text().split("\n")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/version") as answer:
            self.version = json.load(answer)["Browser"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60)
        self.number = 0
        self.events = []

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def open(self, path, width, dark=False, gray=False, scripts=True):
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Emulation.setEmulatedVisionDeficiency", type="achromatopsia" if gray else "none")
        self.events.clear()
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        for _ in range(100):
            if any(event.get("method") == "Page.loadEventFired" for event in self.events):
                break
            time.sleep(0.05)
            self.call("Browser.getVersion")
        time.sleep(0.3)

    def picture(self, path, height=None):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], height or 12000), "scale": 1}
        data = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def check(browser, page, output):
    failures = []

    def expect(condition, what):
        if not condition:
            failures.append(what)

    name = pathlib.Path(page).parent.name if pathlib.Path(page).name == "report.html" else pathlib.Path(page).stem
    browser.open(page, 1200)
    found = browser.evaluate(INTERACTION)
    expect(not found["errors"], f"errors: {found['errors']}")
    expect(found["shift"] < 0.001, f"the layout shifts by {found['shift']}")
    for key in ["slider", "sorting", "values", "hidden", "names", "ids", "alternatives", "labels"]:
        expect(found.get(key, True), f"{key}: {found.get(key)}")
    requests = [event["params"]["request"]["url"] for event in browser.events
                if event.get("method") == "Network.requestWillBeSent"]
    outside = [url for url in requests if not url.startswith(("file:", "data:"))]
    expect(len(requests) > 0 and not outside, f"requests: {outside or 'none seen'}")
    for event in browser.events:
        if event.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
            failures.append(json.dumps(event["params"])[:200])
    browser.picture(output / f"{name}-light.png")
    renewal = browser.evaluate("+document.documentElement.dataset.renewal || 0")
    if renewal:
        # Loaded again, as it does not change while somebody is using it.
        browser.open(page, 1200)
        browser.evaluate("scrollTo(0, 900); window.__old = true")
        time.sleep(renewal + 1.5)
        found["renewed"] = browser.evaluate("[window.__old === undefined, scrollY]")
        expect(found["renewed"] == [True, 900], f"renewed page and its place: {found['renewed']}")
    browser.open(page, 1200, dark=True)
    color = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    expect(color == "rgb(13, 17, 23)", f"dark background: {color}")
    browser.picture(output / f"{name}-dark.png")
    browser.open(page, 1200, gray=True)
    browser.picture(output / f"{name}-gray.png")
    for width in (360, 412, 768):
        browser.open(page, width)
        reach = browser.evaluate("document.documentElement.scrollWidth")
        expect(reach <= width, f"{reach} pixels wide where there are {width}")
        if width == 360:
            browser.picture(output / f"{name}-phone.png")
    browser.open(page, 1200, scripts=False)
    browser.picture(output / f"{name}-scripts-off.png")
    browser.open(page, 1200)
    pdf = browser.call("Page.printToPDF", printBackground=False, preferCSSPageSize=True, paperWidth=8.27,
                       paperHeight=11.69)["data"]
    path = output / f"{name}.pdf"
    path.write_bytes(base64.b64decode(pdf))
    pages = path.read_bytes().count(b"/Type /Page\n") or path.read_bytes().count(b"/Type /Page ")
    expect(pages >= 1, "no printed page")
    if shutil.which("pdftoppm"):
        subprocess.run(["pdftoppm", "-r", "60", "-png", path, output / f"{name}-print"], check=True)
    print(f"{page}: {pathlib.Path(page).stat().st_size} bytes, {pages} printed pages, last values {found.get('values')!r}: "
          + ("; ".join(failures) or "all checks passed"))
    return not failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    browser = Browser(options.chromium)
    try:
        print(browser.version)
        for domain in ("Page", "Network", "Log", "Runtime"):
            browser.call(f"{domain}.enable")
        browser.call("Emulation.setFocusEmulationEnabled", enabled=True)
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=BEFORE)
        passed = [check(browser, page, options.output) for page in options.pages]
    finally:
        browser.close()
    sys.exit(0 if all(passed) else 1)


main()

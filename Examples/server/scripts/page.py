#!/usr/bin/env python3
"""Uses the page of a running server in headless Chromium, as a person would, and takes screenshots.

    pip install websockets
    python3 scripts/page.py --url http://127.0.0.1:8080/ --to shots street.jpg more.jpg

At the width of a telephone and of a desktop, light and dark: chooses the pictures, waits for their masks, reads classes by
pointer and by keyboard, shows one class alone, downloads all files, and takes a picture with Chromium's false camera. Ends
with an error if something is not as it should be, or if the page complained.
"""

import argparse
import asyncio
import base64
import json
import pathlib
import subprocess
import tempfile
import urllib.request

import websockets


class Page:
    """A page of Chromium, by its DevTools protocol."""

    def __init__(self, socket):
        self.socket, self.number, self.answers, self.complaints = socket, 0, {}, []
        self.reader = asyncio.create_task(self.read())

    async def read(self):
        async for text in self.socket:
            message = json.loads(text)
            if "id" in message:
                self.answers.pop(message["id"]).set_result(message)
            elif message["method"] == "Runtime.exceptionThrown":
                self.complaints.append(message["params"]["exceptionDetails"]["exception"].get("description"))
            elif message["method"] == "Log.entryAdded" and message["params"]["entry"]["level"] in ("error", "warning"):
                self.complaints.append(message["params"]["entry"]["text"])

    async def call(self, method, **parameters):
        self.number += 1
        answer = self.answers[self.number] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        message = await asyncio.wait_for(answer, 60)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    async def value(self, expression):
        result = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def wait(self, expression, seconds=120):
        for _ in range(10 * seconds):
            if await self.value(expression):
                return
            await asyncio.sleep(0.1)
        raise RuntimeError(f"never: {expression}; {await self.value('document.body.innerText')}")

    async def screenshot(self, path):
        shot = await self.call("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        path.write_bytes(base64.b64decode(shot["data"]))

    async def key(self, name, **more):
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=name, **more)


def require(condition, what):
    if not condition:
        raise SystemExit(f"not as it should be: {what}")


UNDER = "document.getElementById('under').textContent"
BOX = "(() => { const b = document.getElementById('stage').getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })()"


async def use(page, options, width, scheme, is_telephone):
    folder, name = pathlib.Path(options.to), f"{width}-{scheme}"
    await page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=is_telephone)
    await page.call("Emulation.setTouchEmulationEnabled", enabled=is_telephone)
    await page.call("Emulation.setScrollbarsHidden", hidden=True)
    await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    await page.call("Page.navigate", url=options.url)
    await page.wait("document.getElementById('network')?.textContent.includes('classes')")
    await page.screenshot(folder / f"{name}-empty.png")
    document = await page.call("DOM.getDocument")
    files = await page.call("DOM.querySelector", nodeId=document["root"]["nodeId"], selector="#files")
    await page.call("DOM.setFileInputFiles", nodeId=files["nodeId"], files=[str(pathlib.Path(p).resolve()) for p in options.pictures])
    await page.wait(f"document.querySelectorAll('#pictures button:enabled').length === {len(options.pictures)}")
    require(await page.value("document.documentElement.scrollWidth <= innerWidth"), f"{name}: the page is wider than the window")

    # Keyboard: the class in the middle, then elsewhere.
    await page.value("document.getElementById('stage').focus()")
    await page.key("ArrowRight", windowsVirtualKeyCode=39)
    require("of the picture" in await page.value(UNDER), f"{name}: the keyboard reads no class")
    require(await page.value("document.activeElement.id === 'stage'"), f"{name}: the stage has lost the focus")
    await page.screenshot(folder / f"{name}-mask.png")

    # Pointer: the class under it is the one of the mask.
    await page.value("document.getElementById('stage').scrollIntoView({block: 'start'})")
    x, y, w, h = await page.value(BOX)
    seen = set()
    for step in range(1, 10):
        await page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + w * step / 10, y=y + h * step / 10)
        seen.add(await page.value(UNDER))
    print(f"{name}: under the pointer: {sorted(seen)}")

    # One class alone.
    await page.value("document.querySelector('#classes button').click()")
    require(await page.value("document.querySelector('#classes button').getAttribute('aria-pressed') === 'true'"), "choice")
    await page.screenshot(folder / f"{name}-class.png")
    await page.value("document.querySelector('#classes button').click()")

    unnamed = await page.value(
        "[...document.querySelectorAll('button, input:not([hidden])')].filter(e => !e.hidden && e.checkVisibility()"
        " && !(e.innerText || e.labels?.length)).map(e => e.outerHTML)")
    require(not unnamed, f"controls without a name: {unnamed}")


async def download_and_camera(page, options):
    with tempfile.TemporaryDirectory() as folder:
        await page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
        for kind in ("mask", "color", "overlay"):
            await page.value(f"document.querySelector('[data-download={kind}]').click()")
            for _ in range(100):
                if list(pathlib.Path(folder).glob(f"*.{kind}.png")):
                    break
                await asyncio.sleep(0.1)
        files = sorted(pathlib.Path(folder).glob("*.png"))
        require(len(files) == 3, f"downloads: {files}")
        print("downloads:", [f"{file.name}, {file.stat().st_size} bytes" for file in files])
    count = await page.value("document.querySelectorAll('#pictures button').length")
    require(await page.value("!document.getElementById('camera').hidden"), "there is no camera")
    await page.value("document.getElementById('camera').click()")
    await page.wait("document.getElementById('video').videoWidth > 0")
    await page.screenshot(pathlib.Path(options.to) / "camera.png")
    await page.value("document.getElementById('take').click()")
    await page.wait(f"document.querySelectorAll('#pictures button:enabled').length === {count + 1}")
    require(await page.value("!document.getElementById('viewfinder').open"), "the viewfinder is still open")


async def main(options):
    pathlib.Path(options.to).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        browser = subprocess.Popen(
            [options.chromium, "--headless", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={profile}",
             "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "about:blank"],
            stderr=subprocess.DEVNULL)
        try:
            port_file = pathlib.Path(profile) / "DevToolsActivePort"
            for _ in range(300):
                if port_file.exists() and port_file.read_text().count("\n"):
                    break
                await asyncio.sleep(0.1)
            port = port_file.read_text().split()[0]
            target = next(t for t in json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json")) if t["type"] == "page")
            async with websockets.connect(target["webSocketDebuggerUrl"], max_size=1 << 28) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Log", "DOM"):
                    await page.call(f"{domain}.enable")
                await use(page, options, 400, "light", True)
                await use(page, options, 400, "dark", True)
                await use(page, options, 1200, "dark", False)
                await use(page, options, 1200, "light", False)
                await download_and_camera(page, options)
                require(not page.complaints, f"complaints: {page.complaints}")
        finally:
            browser.terminate()
            browser.wait()
    print("the page is as it should be")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("pictures", nargs="+")
parser.add_argument("--url", default="http://127.0.0.1:8080/")
parser.add_argument("--to", default="shots")
parser.add_argument("--chromium", default="chromium")
asyncio.run(main(parser.parse_args()))

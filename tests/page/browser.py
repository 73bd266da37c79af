# SPDX-License-Identifier: MIT
"""A headless Chromium that is spoken to by its DevTools protocol over a pipe."""

import base64
import json
import os
import shutil
import subprocess
import tempfile


def find_chromium():
    """The first that is there, or None."""
    for name in ("chromium-headless-shell", "chromium", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    return None


class Browser:
    """One page. What it says on the console and asks of the network is kept."""

    def __init__(self, path, timeout=60):
        self.timeout = timeout
        self.profile = tempfile.mkdtemp(prefix="optreg-browser-")
        to_browser, ours_out = os.pipe()
        ours_in, from_browser = os.pipe()

        def give_pipes():
            os.dup2(to_browser, 63)
            os.dup2(from_browser, 64)
            os.dup2(63, 3)
            os.dup2(64, 4)

        self.process = subprocess.Popen(
            [path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
             "--force-color-profile=srgb", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile}", "about:blank"],
            close_fds=False, preexec_fn=give_pipes, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.out, self.input, self.rest = ours_out, ours_in, b""
        self.count, self.session = 0, None
        self.problems, self.requests = [], []
        target = self.call("Target.getTargets")["targetInfos"]
        page = next(t for t in target if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"],
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Network.emulateNetworkConditions", offline=True, latency=0,
                  downloadThroughput=0, uploadThroughput=0)

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(self.timeout)
        except (OSError, EOFError, TimeoutError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.input)
        shutil.rmtree(self.profile, ignore_errors=True)

    # ---- the protocol ----

    def call(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.note(answer)

    def read(self):
        while b"\0" not in self.rest:
            data = os.read(self.input, 1 << 16)
            if not data:
                raise EOFError("the browser has gone away")
            self.rest += data
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def note(self, event):
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description",
                                                                  details["text"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.problems.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning",
                                                                             "assert"):
            self.problems.append(str([a.get("value") for a in parameters["args"]]))
        elif method == "Page.javascriptDialogOpening":
            self.problems.append("a dialog: " + parameters["message"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    # ---- the page ----

    def open(self, path, ready="document.documentElement.classList.contains('alive')"):
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while self.read().get("method") != "Page.loadEventFired":
            pass
        if not self.run(ready):
            raise RuntimeError(f"{ready} is not true; the page said {self.problems}")

    def run(self, script):
        """The value of an expression, as JSON has it."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def resize(self, width, height, scale=1, is_phone=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=scale, mobile=is_phone)
        self.settle()

    def emulate(self, **features):
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": name.replace("_", "-"), "value": value}
                            for name, value in features.items()])
        self.settle()

    def settle(self):
        """Until two frames have been drawn."""
        self.run("new Promise(done => requestAnimationFrame(() => "
                 "requestAnimationFrame(() => done(true))))")

    def mouse(self, kind, x, y):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y,
                  button="none" if kind == "mouseMoved" else "left",
                  buttons=0 if kind == "mouseReleased" else 1, clickCount=1)

    def drag(self, x1, y1, x2, y2):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x1, y=y1)
        self.mouse("mousePressed", x1, y1)
        for step in range(1, 6):
            self.call("Input.dispatchMouseEvent", type="mouseMoved", button="left", buttons=1,
                      x=x1 + (x2 - x1) * step / 5, y=y1 + (y2 - y1) * step / 5)
        self.mouse("mouseReleased", x2, y2)
        self.settle()

    def press(self, key, code=None):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key)

    def screenshot(self, path, whole=False, clip=None):
        more = {"clip": dict(clip, scale=1)} if clip else {}
        picture = self.call("Page.captureScreenshot", format="png",
                            captureBeyondViewport=whole, **more)
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))

# SPDX-License-Identifier: MIT
"""report.html in a headless Chromium without a network.

Skipped where there is no Chromium (Debian: chromium-headless-shell or chromium)."""

import base64
import hashlib
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback

from browser import Browser, find_chromium

MOST_BYTES = 1_000_000
MISSED, INCOMPLETE = 4, 5  # what `optreg compare` ends with

# what tests/support/hostile.h says, and more
HOSTILE_TEXT = "</script><script>alert(1)</script>\"'&<!--\u2028\u202e\u05e9\u05dc\u05d5\u05dd "
# names may hold no separators of lines and no marks of direction
HOSTILE = HOSTILE_TEXT.replace("\u2028\u202e", "") + 60 * "long-"

EXPERIMENT = """
name: two problems
problems:
  digits-mlp: {budget: {epochs: 3}}
  logreg-cancer: {budget: {epochs: 3}}
seeds: 7
tuning: {trials: 3}
arms:
  adadelta: adadelta.yaml
  adam: {optimizer: adam, tune: {learning_rate: [1e-4, 0.1]}}
  momentum: {optimizer: sgd, learning_rate: 0.1, momentum: 0.9}
  slow: {optimizer: sgd, learning_rate: 1e-3}
out: good
"""

# names of arms are words; other texts are whatever people write
HOSTILE_EXPERIMENT = f"""
name: {HOSTILE!r}
problems: {{digits-mlp: {{}}, hostile: {{}}}}
budget: {{epochs: 2}}
seeds: 2
arms:
  {"a" * 60}: hostile.yaml
  wild: {{optimizer: sgd, learning_rate: 1e38, nonfinite: propagate}}
  rude: {{optimizer: moody, mood: insults}}
out: bad
"""

# with all that may be asked for besides
SEEN_EXPERIMENT = """
problem: digits-mlp
budget: {epochs: 3}
seeds: 2
arms:
  adadelta: adadelta.yaml
  adam: {optimizer: adam}
  huge: {optimizer: sgd, learning_rate: 100}
expect:
- {arm: adam, metric: accuracy, at_least: 50 %}
- {arm: huge, metric: accuracy, value: 100 %, tolerance: 1 pp}
out: seen
"""

# learns most of it in the first epoch
FAST_EXPERIMENT = """
problem: digits-mlp
budget: {epochs: 6}
seeds: 2
arms:
  adam: {optimizer: adam, learning_rate: 0.01}
  momentum: {optimizer: sgd, learning_rate: 0.1, momentum: 0.9}
out: fast
"""


def quote(text):
    """A text as YAML in double quotes."""
    return '"' + "".join(
        c if c.isascii() and c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


def compare(folder, name, text, *options, status=0):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([os.environ["OPTREG_TEST_CLI"], "compare", "--plugin-dir",
                           os.environ["OPTREG_TEST_PLUGINS"], *options, name],
                          cwd=folder, env=os.environ | {"TMPDIR": folder},
                          capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr


def make_pages(folder):
    with open(os.path.join(folder, "adadelta.yaml"), "w", encoding="utf-8") as file:
        file.write("optimizer: adadelta\nlearning_rate: 1.0\n")
    with open(os.path.join(folder, "hostile.yaml"), "w", encoding="utf-8") as file:
        file.write(f"optimizer: sgd\nlearning_rate: 0.1\nname: {quote(HOSTILE)}\n")
    compare(folder, "good.yaml", EXPERIMENT)
    compare(folder, "bad.yaml", HOSTILE_EXPERIMENT.replace(repr(HOSTILE), quote(HOSTILE)),
            "--plugin-dir", os.environ["OPTREG_TEST_MOODY"], "--diagnose", "--problem-file",
            os.path.join(os.environ["OPTREG_TEST_PROBLEMS"], "hostile.so"), status=INCOMPLETE)
    compare(folder, "fast.yaml", FAST_EXPERIMENT)
    compare(folder, "seen.yaml", SEEN_EXPERIMENT, "--diagnose", "--shadow", "--cost",
            status=MISSED)


# ---- what a page shows ----

# pixels of a figure's canvas in one arm's colour
COUNT = """(() => {
  const canvas = document.querySelector('#%s canvas');
  const copy = document.createElement('canvas');
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  const probe = copy.getContext('2d', { willReadFrequently: true });
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--c%d');
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  probe.clearRect(0, 0, 1, 1);
  probe.drawImage(canvas, 0, 0);
  const pixels = probe.getImageData(0, 0, canvas.width, canvas.height).data;
  let n = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    n += pixels[i + 3] > 200 && pixels[i] === r && pixels[i + 1] === g && pixels[i + 2] === b;
  }
  return n;
})()"""


def pixels(browser, figure, arm):
    browser.settle()
    return browser.run(COUNT % (figure, arm))


def click(browser, selector, text=""):
    """The first button that begins with the text."""
    assert browser.run(f"""(() => {{
      const found = [...document.querySelectorAll({json.dumps(selector)})].find(
        (node) => node.textContent.trim().startsWith({json.dumps(text)}));
      found?.click();
      return Boolean(found);
    }})()"""), f"there is no {selector} {text}"
    browser.settle()


def area(browser, figure):
    """Where the figure can be pointed at, in the window."""
    return browser.run(f"""(() => {{
      document.querySelector('#{figure} .plot').scrollIntoView({{block: 'center', behavior: 'instant'}});
      const {{left, top, width, height}} =
        document.querySelector('#{figure} .u-over').getBoundingClientRect();
      return {{left, top, width, height}};
    }})()""")


def point_at(browser, figure, share):
    """What the readout says with the pointer at a share of the width."""
    box = area(browser, figure)
    browser.mouse("mouseMoved", box["left"] + share * (box["width"] - 2) + 1,
                  box["top"] + box["height"] / 2)
    browser.settle()
    return browser.run(f"document.querySelector('#{figure} .readout').textContent")


def place_at(browser, figure, share):
    return float(re.match(r"\D*([-\d.e+]+)", point_at(browser, figure, share))[1])


# ---- tests ----

def test_nothing_outside_of_the_file_is_named(browser, folder):
    for page in ("good", "bad"):
        path = os.path.join(folder, page, "report.html")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert os.path.getsize(path) < MOST_BYTES
        outside = re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.DOTALL)
        assert not re.search(r"https?:|//\w+\.", outside)
        assert not re.search(r"\bsrc=|url\(|@import|<link|<img|<iframe", outside)


def test_policy_allows_these_scripts_and_styles_only(browser, folder):
    with open(os.path.join(folder, "good", "report.html"), encoding="utf-8", newline="") as file:
        text = file.read()
    policy = html.unescape(re.search(r'Security-Policy" content="([^"]*)"', text)[1])
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(scripts) == 1 and len(styles) == 1
    hashes = ["sha256-" + base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
              for part in scripts + styles]
    assert policy == (f"default-src 'none'; script-src '{hashes[0]}'; style-src '{hashes[1]}'; "
                      "base-uri 'none'; form-action 'none'")
    assert " style=" not in text.replace(scripts[0], "")


def test_curves_are_drawn(browser, folder):
    browser.open(os.path.join(folder, "good", "report.html"))
    figures = browser.run("[...document.querySelectorAll('figure')].map(f => f.id)")
    expected = [f"p{task}-{name}" for task in (0, 1) for name in
                ("curves", "differences", "targets", "sensitivity", "tuning", "cost")]
    assert set(expected + ["profile"]) <= set(figures), figures
    for figure in figures:
        assert sum(pixels(browser, figure, arm) for arm in range(4)) > 50, figure
    for arm in range(4):
        assert pixels(browser, "p0-curves", arm) > 100, arm


def test_diagnostics_shadows_and_measured_costs_are_shown(browser, folder):
    browser.open(os.path.join(folder, "seen", "report.html"))
    assert browser.run("document.querySelectorAll('.card').length") == 2
    for arm, name in ((2, "huge"), (1, "adam"), (0, "adadelta")):  # bands lie over lines
        assert pixels(browser, "p0-diagnostics", arm) > 50, name
        click(browser, ".arms button", name)
    findings = browser.run("[...document.querySelectorAll('p.warning')].map(p => p.textContent)")
    assert any(text.startswith("huge: an update is") for text in findings), findings
    captions = browser.run("[...document.querySelectorAll('caption')].map(c => c.textContent)")
    assert "Shadows on the gradients of adadelta" in captions, captions
    cost = browser.run("document.querySelector('#p0-cost').textContent")
    assert "measured alone on recorded gradients" in cost, cost


def test_expectations_are_shown(browser, folder):
    browser.open(os.path.join(folder, "seen", "report.html"))
    table = browser.run("""(() => {
      const caption = [...document.querySelectorAll('caption')].find(
        (node) => node.textContent === 'Expected and measured');
      return [...caption.parentNode.tBodies[0].rows].map(
        row => [...row.cells].map(cell => cell.textContent));
    })()""")
    adam, huge = table
    assert adam[:3] == ["adam", "test accuracy", ""], adam
    assert adam[4:] == ["at least 50.00 %", "met"], adam
    assert huge[:3] == ["huge", "test accuracy", "100.00 %"], huge
    assert huge[4:] == ["± 1.00 pp", "missed"], huge


def test_arms_are_shown_and_hidden_everywhere(browser, folder):
    browser.open(os.path.join(folder, "good", "report.html"))
    click(browser, ".arms button", "momentum")
    for figure in ("p0-curves", "p1-curves", "p0-cost", "p0-differences"):
        assert pixels(browser, figure, 2) == 0, figure
        assert pixels(browser, figure, 1) > 0, figure
    assert browser.run("document.querySelectorAll('.arms button')[2].ariaPressed") == "false"
    click(browser, ".arms button", "momentum")
    assert pixels(browser, "p0-curves", 2) > 100


def test_zoom_is_shared_and_taken_back(browser, folder):
    browser.open(os.path.join(folder, "good", "report.html"))
    last = place_at(browser, "p0-curves", 1.0)
    box = area(browser, "p0-curves")
    middle = box["top"] + box["height"] / 2
    browser.drag(box["left"] + 0.25 * box["width"], middle, box["left"] + 0.5 * box["width"], middle)
    for figure in ("p0-curves", "p0-differences"):
        assert place_at(browser, figure, 0.0) > 0.15 * last, figure
        assert place_at(browser, figure, 1.0) < 0.6 * last, figure
    browser.run("document.querySelector('#p0-curves .plot').focus()")
    browser.press("Escape")
    browser.settle()
    assert point_at(browser, "p0-differences", 1.0).startswith(f"step {last:g}")
    point_at(browser, "p0-curves", 0.9)
    click(browser, "#p0-curves button[title='zoom in']")
    assert place_at(browser, "p0-differences", 0.0) > 0.0
    click(browser, "#p0-curves button[title='whole range']")
    assert place_at(browser, "p0-curves", 0.0) == 0.0


def test_cursor_is_shared_and_moved_by_keys(browser, folder):
    browser.open(os.path.join(folder, "good", "report.html"))
    point_at(browser, "p0-curves", 0.5)
    other = browser.run("document.querySelector('#p0-differences .readout').textContent")
    assert "step" in other and "adam" in other, other
    browser.run("document.querySelector('#p1-curves .plot').focus()")
    browser.press("ArrowRight")
    browser.press("ArrowRight")
    browser.settle()
    moved = browser.run("document.querySelector('#p1-curves .readout').textContent")
    assert re.match(r"step \d", moved) and "slow" in moved, moved


def test_axes_are_chosen(browser, folder):
    browser.open(os.path.join(folder, "good", "report.html"))
    click(browser, "#p0-curves .choice button", "seconds")
    for figure in ("p0-curves", "p0-differences"):
        assert point_at(browser, figure, 0.5).startswith("seconds of training"), figure
    click(browser, "#p0-curves .choice button", "epoch")
    click(browser, "#p0-curves .choice button", "log y")
    assert pixels(browser, "p0-curves", 0) > 100
    click(browser, "#p0-curves .choice button", "log x")
    assert pixels(browser, "p0-curves", 0) > 100
    browser.run("""(() => {
      const menu = document.querySelector('#p0-curves select');
      menu.value = 'training loss';
      menu.dispatchEvent(new Event('change'));
    })()""")
    assert pixels(browser, "p0-curves", 0) > 100
    click(browser, "#p0-curves .toolbar button", "seeds")
    assert pixels(browser, "p0-curves", 0) > 100


def test_the_beginning_is_shown_when_asked_for(browser, folder):
    def picture():
        browser.settle()
        return browser.run("document.querySelector('#p0-curves canvas').toDataURL()")

    browser.open(os.path.join(folder, "fast", "report.html"))
    later = picture()
    click(browser, "#p0-curves .choice button", "all y")
    whole = picture()
    assert whole != later and pixels(browser, "p0-curves", 1) > 100
    click(browser, "#p0-curves .choice button", "all y")
    assert picture() == later


def test_tables_are_sorted(browser, folder):
    browser.open(os.path.join(folder, "good", "report.html"))
    for direction in (1, -1):
        click(browser, "#p0 table.sortable th:nth-child(2) button")
        values = browser.run("""[...document.querySelector('#p0 table.sortable').tBodies[0].rows]
          .map(row => Number(row.cells[1].dataset.value))""")
        assert len(values) == 4 and values == sorted(values, reverse=direction < 0), values
    assert browser.run("document.querySelector('#p0 th:nth-child(2)').ariaSort") == "descending"


def test_dark_and_light(browser, folder):
    looks = []
    for scheme in ("light", "dark"):
        browser.emulate(prefers_color_scheme=scheme)
        if scheme == "light":
            browser.open(os.path.join(folder, "good", "report.html"))
        colour = browser.run("getComputedStyle(document.body).backgroundColor")
        looks.append(sum(int(n) for n in re.findall(r"\d+", colour)))
        assert pixels(browser, "p0-curves", 0) > 100, scheme
    browser.emulate(prefers_color_scheme="light")
    assert looks[0] > 700 and looks[1] < 120, looks


def test_a_phone_shows_all_of_it(browser, folder):
    browser.resize(390, 844, 2, True)
    for page in ("good", "bad"):
        browser.open(os.path.join(folder, page, "report.html"))
        browser.settle()
        assert browser.run("document.documentElement.scrollWidth") <= 390, page
        assert browser.run("document.querySelector('canvas').clientWidth") <= 390, page
    browser.resize(1200, 900)


def test_without_scripts_there_are_pictures(browser, folder):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(os.path.join(folder, "good", "report.html"),
                     "document.readyState === 'complete' && document.querySelector('h1') != null")
        counts = browser.run("""['figure', 'figure .plot > svg', 'canvas', 'table'].map(
          selector => document.querySelectorAll(selector).length)""")
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert counts[0] == counts[1] > 10 and counts[2] == 0 and counts[3] >= 4, counts


def test_hostile_texts_are_texts(browser, folder):
    browser.open(os.path.join(folder, "bad", "report.html"))
    assert browser.run("document.querySelector('h1').textContent") == HOSTILE
    assert browser.run("document.title.startsWith('</script><script>')")
    assert browser.run("document.scripts.length") == 2
    cells = browser.run("[...document.querySelectorAll('#configs td')].map(c => c.textContent)")
    assert HOSTILE in cells, cells
    assert browser.run("document.querySelector('#p1 p.doc').textContent") == HOSTILE_TEXT
    runs = browser.run("[...document.querySelectorAll('#p1 .warning li')].map(r => r.textContent)")
    assert any(text.startswith("wild (seed 1) diverged after ") for text in runs), runs
    # the library shows what cannot be seen as escapes
    shown = HOSTILE_TEXT.strip().replace("\u2028\u202e", "\\u2028\\u202e")
    assert any(text.startswith("rude (seed 1) was lost after ") and shown in text
               for text in runs), runs
    assert pixels(browser, "p0-curves", 0) > 50


def test_other_scripts_do_not_run(browser, folder):
    browser.open(os.path.join(folder, "good", "report.html"))
    seen = len(browser.problems)
    browser.run("""(() => {
      const script = document.createElement('script');
      script.textContent = 'window.wasRun = true';
      document.body.append(script);
    })()""")
    browser.settle()
    assert browser.run("window.wasRun === undefined")
    assert any("Content Security Policy" in text for text in browser.problems[seen:])
    del browser.problems[seen:]


def check(test, browser, folder):
    test(browser, folder)
    assert browser.problems == [], browser.problems
    others = [url for url in browser.requests if not url.startswith(("file://", "about:"))]
    assert others == [], others


def main():
    path = find_chromium()
    if path is None:
        print("1..0 # skip there is no Chromium; install chromium-headless-shell")
        return 0
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="optreg-page-") as folder:
        make_pages(folder)
        browser = Browser(path)
        print(f"1..{len(tests)}")
        try:
            browser.resize(1200, 900)
            for number, test in enumerate(tests, 1):
                name = "/browser/" + test.__name__[5:].replace("_", "-")
                try:
                    check(test, browser, folder)
                    print(f"ok {number} {name}", flush=True)
                except Exception:
                    failures += 1
                    browser.problems.clear()
                    print("".join("# " + line + "\n" for line in
                                  traceback.format_exc().splitlines()), end="")
                    print(f"not ok {number} {name}", flush=True)
        finally:
            browser.close()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

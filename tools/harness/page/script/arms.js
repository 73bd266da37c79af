/* SPDX-License-Identifier: MIT */
/* The key of all figures: a button for each arm that shows and hides it everywhere. */

class Arms {
  constructor(onChange) {
    this.hidden = new Set();
    this.onChange = onChange;
    const items = [...document.querySelectorAll(".arms li")];
    this.buttons = items.map((item, arm) => this.makeButton(item, arm));
    if (items.length > 2) {
      items[0].parentNode.append(element("li", {},
        element("button", { type: "button", class: "plain", click: () => this.showAll() },
          "all")));
    }
  }

  makeButton(item, arm) {
    const button = toggleButton("", true, (isShown) => this.toggle(arm, isShown));
    button.title = `${data.arms[arm]}: show or hide; with Shift alone`;
    button.append(...item.childNodes);
    button.addEventListener("click", (event) => event.shiftKey && this.showOnly(arm));
    item.append(button);
    return button;
  }

  toggle(arm, isShown) {
    if (isShown) {
      this.hidden.delete(arm);
    } else {
      this.hidden.add(arm);
    }
    this.update();
  }

  showOnly(arm) {
    this.hidden = new Set(this.buttons.keys());
    this.hidden.delete(arm);
    this.update();
  }

  showAll() {
    this.hidden.clear();
    this.update();
  }

  update() {
    this.buttons.forEach((button, arm) =>
      button.setAttribute("aria-pressed", String(!this.hidden.has(arm))));
    this.onChange();
  }
}

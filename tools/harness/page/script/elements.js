/* SPDX-License-Identifier: MIT */
/* Elements. Texts become text nodes, so that no name is read as HTML. */

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      node.addEventListener(name, value);
    } else {
      node.setAttribute(name, value);
    }
  }
  node.append(...children);
  return node;
}

function toggleButton(label, isPressed, onChange) {
  const button = element("button", {
    type: "button",
    "aria-pressed": String(isPressed),
    click: () => {
      const next = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(next));
      onChange(next);
    },
  }, label);
  return button;
}

/* buttons of which one is pressed */
function choice(label, names, chosen, onChange) {
  const buttons = names.map((name) => element("button", {
    type: "button",
    "aria-pressed": String(name === chosen),
    click: () => onChange(name),
  }, name));
  const group = element("span", { class: "choice", role: "group", "aria-label": label },
    ...buttons);
  group.choose = (name) => buttons.forEach((button, i) =>
    button.setAttribute("aria-pressed", String(names[i] === name)));
  return group;
}

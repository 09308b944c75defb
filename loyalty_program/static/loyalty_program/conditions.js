// The editor of conditions: adds and removes rows, shows the input that fits the field, and
// asks the server to read the condition back. Its words all come with the page.
(() => {
  const WAIT = 350;
  const editorOf = (element) => element.closest(".conditions");
  const waiting = new WeakMap();

  function fresh(editor, template, path) {
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__path__", path);
    return holder.content;
  }

  // Numbers below a group are never used again, so that no two rows have the same names.
  function nextPath(group) {
    const rows = group.querySelector(":scope > [data-rows]");
    const numbers = [...rows.children].map((row) => Number(row.dataset.path.split(".").pop()));
    const next = Math.max(-1, Number(group.dataset.last ?? -1), ...numbers) + 1;
    group.dataset.last = next;
    return `${group.dataset.path}.${next}`;
  }

  function add(button) {
    const group = button.closest(".conditions-group");
    const editor = editorOf(button);
    const template = editor.querySelector(`:scope > template[data-new="${button.dataset.add}"]`);
    const content = fresh(editor, template, nextPath(group));
    const row = content.firstElementChild;
    group.querySelector(":scope > [data-rows]").append(content);
    row.querySelector("select").focus();
  }

  function remove(button) {
    const row = button.closest("[data-node]");
    const group = row.parentElement.closest(".conditions-group");
    const editor = editorOf(button);
    row.remove();
    group.querySelector(":scope > .conditions-buttons > button").focus();
    changed(editor);
  }

  function chooseField(select) {
    const editor = editorOf(select);
    const row = select.closest("[data-node]");
    const rest = row.querySelector(":scope > [data-rest]");
    const template = editor.querySelector(`:scope > template[data-field="${select.value}"]`);
    rest.replaceChildren();
    if (template) rest.append(fresh(editor, template, row.dataset.path));
  }

  function chooseOperator(select) {
    for (const value of select.closest("[data-rest]").querySelectorAll("[data-for]")) {
      const fits = value.dataset.for.split(" ").includes(select.value);
      value.hidden = !fits;
      for (const input of value.querySelectorAll("[name]")) input.disabled = !fits;
    }
  }

  function showChosen(picker) {
    const shown = picker.querySelector("[data-chosen]");
    const labels = [...picker.querySelectorAll("[data-options] input:checked")].map((input) => {
      const label = document.createElement("span");
      label.className = "label";
      label.textContent = input.nextElementSibling.textContent;
      return label;
    });
    shown.replaceChildren(...(labels.length ? labels : [shown.dataset.nothing]));
  }

  function filter(search) {
    const text = search.value.trim().toLowerCase();
    const picker = search.closest("[data-picker]");
    for (const option of picker.querySelectorAll("[data-options] label")) {
      option.hidden = !option.textContent.toLowerCase().includes(text);
    }
    if (picker.dataset.source && text) later(picker, () => look(picker, text));
  }

  // Of a long list only the first are in the page.
  async function look(picker, text) {
    const known = new Set([...picker.querySelectorAll("input[name]")].map((input) => input.value));
    const address = new URL(editorOf(picker).dataset.choices, location.href);
    address.search = new URLSearchParams({ source: picker.dataset.source, q: text });
    const answer = await fetch(address);
    if (!answer.ok) return;
    const sample = picker.querySelector("[data-options] label");
    for (const [value, label] of (await answer.json()).choices) {
      if (known.has(value)) continue;
      const option = sample.cloneNode(true);
      Object.assign(option.querySelector("input"), { value, checked: false });
      option.querySelector("span").textContent = label;
      option.hidden = false;
      picker.querySelector("[data-options]").append(option);
    }
  }

  function later(key, action) {
    clearTimeout(waiting.get(key));
    waiting.set(key, setTimeout(action, WAIT));
  }

  async function readBack(editor) {
    const body = new FormData(editor.closest("form"));
    const answer = await fetch(editor.dataset.preview, { method: "POST", body });
    if (!answer.ok || answer.redirected) return;
    const { sentence = "", members = "", problem = "" } = await answer.json();
    const shown = editor.querySelector("[data-sentence]");
    shown.textContent = sentence || problem;
    shown.classList.toggle("quiet", !sentence);
    editor.querySelector("[data-count]").textContent = members;
  }

  function changed(editor) {
    later(editor, () => readBack(editor));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".conditions button");
    if (button?.dataset.add) add(button);
    else if (button && "remove" in button.dataset) remove(button);
    for (const picker of document.querySelectorAll(".conditions [data-picker][open]")) {
      if (!picker.contains(event.target)) picker.open = false;
    }
  });

  document.addEventListener("change", (event) => {
    const editor = event.target.closest(".conditions");
    if (!editor) return;
    if ("fields" in event.target.dataset) chooseField(event.target);
    if ("operators" in event.target.dataset) chooseOperator(event.target);
    const picker = event.target.closest("[data-picker]");
    if (picker) showChosen(picker);
    changed(editor);
  });

  document.addEventListener("input", (event) => {
    const editor = event.target.closest(".conditions");
    if (!editor) return;
    if ("search" in event.target.dataset) filter(event.target);
    else changed(editor);
  });

  document.addEventListener("keydown", (event) => {
    const picker = event.target.closest(".conditions [data-picker]");
    if (!picker) return;
    if (event.key === "Escape") {
      picker.open = false;
      picker.querySelector("summary").focus();
    }
    // Enter in the search is not meant to send the form.
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const editor of document.querySelectorAll(".conditions")) readBack(editor);
  });
})();

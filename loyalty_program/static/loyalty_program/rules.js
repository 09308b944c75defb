// The form of a rule: shows the fields that apply, and has the server read the rule back.
// Without this script all fields are there, and what does not apply is left out when saving.
(() => {
  const WAIT = 350;
  let waiting;

  function values(form) {
    const value = (name) => form.elements[name]?.value ?? "";
    const isActivity = value("activity_type") !== "";
    const kind = value("kind");
    const isMultiplier = kind === "MULTIPLIER" && !isActivity;
    return {
      measure: !isMultiplier && !isActivity,
      points_per_unit: !isMultiplier,
      factor: isMultiplier,
      is_multiplied_by_tier: kind === "BASE" && !isActivity,
      cap_per_purchase: !isActivity,
      cap_period: value("cap_per_member") !== "",
      is_stackable: kind !== "BASE" && !isActivity,
      priority: kind === "BASE" && !isActivity,
      expiry_after: ["DAYS", "MONTHS"].includes(value("expiry")),
      pending_days: value("currency") !== "QUALIFYING",
      awaits: value("currency") !== "QUALIFYING" && !isActivity,
      expiry: value("currency") !== "QUALIFYING",
      on_return: !isActivity,
    };
  }

  // A field in which something is wrong stays in sight.
  function show(form) {
    for (const [name, applies] of Object.entries(values(form))) {
      const line = form.querySelector(`.field-line.field-${name}`);
      if (line) line.hidden = !applies && !line.classList.contains("errors");
    }
    for (const row of form.querySelectorAll(".form-row")) {
      const lines = [...row.querySelectorAll(":scope > .field-line")];
      row.hidden = lines.length > 0 && lines.every((line) => line.hidden);
    }
    for (const fieldset of form.querySelectorAll("fieldset.module")) {
      const rows = [...fieldset.querySelectorAll(".form-row")];
      fieldset.hidden = rows.length > 0 && rows.every((row) => row.hidden);
    }
    for (const editor of form.querySelectorAll(".conditions")) {
      editor.classList.toggle("is-of-members", form.elements.activity_type?.value !== "");
    }
  }

  async function readBack(form, head) {
    const answer = await fetch(head.dataset.preview, { method: "POST", body: new FormData(form) });
    if (!answer.ok || answer.redirected) return;
    const { sentence = "", warnings = [], problem = "" } = await answer.json();
    const shown = head.querySelector("[data-rule-sentence]");
    if (sentence) shown.textContent = sentence;
    shown.classList.toggle("quiet", !sentence);
    head.querySelector("[data-rule-problem]").textContent = problem;
    const items = warnings.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    });
    head.querySelector("[data-rule-warnings]").replaceChildren(...items);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.getElementById("earningrule_form");
    const head = document.querySelector(".rule-head[data-preview]");
    if (!form || !head) return;
    const changed = () => {
      show(form);
      clearTimeout(waiting);
      waiting = setTimeout(() => readBack(form, head), WAIT);
    };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("click", (event) => {
      if (event.target.closest("button[type=button], a")) changed();
    });
    changed();
  });
})();

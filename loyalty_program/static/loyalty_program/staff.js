// Opens and closes what a link expands. Without this script the link leads to its page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-expands]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const row = document.getElementById(link.dataset.expands).closest("tr");
  row.hidden = !row.hidden;
  link.setAttribute("aria-expanded", String(!row.hidden));
});

// Says beside a number, while it is typed, that so much needs somebody else.
document.addEventListener("input", (event) => {
  const hint = document.querySelector(`[data-hint-for="${CSS.escape(event.target.id || "-")}"]`);
  if (!hint) return;
  const most = Number(hint.dataset.most);
  hint.hidden = !(Math.abs(Number(event.target.value)) > most);
});

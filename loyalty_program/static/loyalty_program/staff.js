// Opens and closes what a link expands. Without this script the link leads to its page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-expands]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const row = document.getElementById(link.dataset.expands).closest("tr");
  row.hidden = !row.hidden;
  link.setAttribute("aria-expanded", String(!row.hidden));
});

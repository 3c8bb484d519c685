// Shows how strong a password is while it is typed.

const PAUSE_MS = 200;

for (const field of document.querySelectorAll("[data-strength]")) {
  const place = document.getElementById(field.dataset.strength);
  let waiting;
  let newest = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    const asked = ++newest;
    if (!field.value) place.hidden = true;
    else waiting = setTimeout(() => rate(field, place, () => asked === newest), PAUSE_MS);
  });
  // Once it is sent, a new session begins, for which this page's token is not good.
  field.form?.addEventListener("submit", () => clearTimeout(waiting));
}

async function rate(field, place, isNewest) {
  const { address, token, words } = place.dataset;
  const body = new URLSearchParams({ csrf_token: token, password: field.value, words });
  const answer = await fetch(address, { method: "POST", body }).catch(() => null);
  if (!answer?.ok || !isNewest()) return;
  const { score, text } = await answer.json();
  place.hidden = false;
  // The weakest shows a little, too, so that there is something to see.
  place.querySelector("meter").value = Math.max(score, 0.5);
  place.querySelector("[role=status]").textContent = text;
}

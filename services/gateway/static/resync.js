// Follows a resync, as the gateway tells of it or else by asking, until it has ended.

const ASK_MS = 1500;
const address = location.pathname;
let asking = false;

async function look() {
  const place = document.getElementById("resync");
  if (asking || !place || place.dataset.ended) return;
  asking = true;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  asking = false;
  if (answer?.ok && !answer.redirected) place.outerHTML = await answer.text();
}

document.addEventListener("portal:resync", look);
setInterval(look, ASK_MS);

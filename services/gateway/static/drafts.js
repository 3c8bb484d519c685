// The request that is being written in this tab: there after a reload, gone once it was sent or discarded.

const KEY = "request-draft";

export function remember(draft) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // Without a place to keep it, it lives as long as the page.
  }
}

export function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

export function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

// The page of a request that was just sent names the command that sent it.
const sent = document.querySelector("[data-sent]")?.dataset.sent;
if (sent && remembered()?.command === sent) forget();
// Nothing of it stays for who signs in next.
document.querySelector("[data-sign-out]")?.addEventListener("submit", forget);

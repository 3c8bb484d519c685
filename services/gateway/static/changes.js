// Keeps an open page up to date. An element with an id that is marked
//   data-refresh-on="requests appointments" data-position="2:143"
// is read anew from the page's own address when one of these sections has changed; the position is the one
// that the page shows. Whoever wants more listens to "portal:changed" and "portal:resync" at the document.
(() => {
  "use strict";
  const AGAIN_MS = 10_000;
  const GATHER_MS = 150;
  let seen = document.querySelector("[data-position]")?.dataset.position;
  let stream = null;
  let sections = new Set();
  let everything = false;
  let timer = null;

  // Only a page that is looked at listens: a browser has few connections to a host, and many tabs share them.
  function listen() {
    if (stream || document.hidden) return;
    stream = new EventSource("/api/v1/changes" + (seen ? `?since=${encodeURIComponent(seen)}` : ""));
    stream.addEventListener("ready", remember);
    stream.addEventListener("changed", changed);
    stream.addEventListener("resync", (event) => tell("portal:resync", JSON.parse(event.data)));
    stream.addEventListener("error", () => {
      if (stream?.readyState !== EventSource.CLOSED) return;
      leave();
      afterRefusal();
    });
  }

  function leave() {
    stream?.close();
    stream = null;
  }

  async function afterRefusal() {
    const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    const notice = document.getElementById("signed-out");
    if (answer?.type !== "opaqueredirect" || !notice) setTimeout(listen, AGAIN_MS);
    else document.getElementById("content").prepend(notice.content.cloneNode(true));
  }

  function remember(event) {
    if (event.lastEventId) seen = event.lastEventId;
  }

  function changed(event) {
    remember(event);
    const detail = JSON.parse(event.data);
    if (detail.sections === null) everything = true;
    else detail.sections.forEach((section) => sections.add(section));
    tell("portal:changed", detail);
    timer ??= setTimeout(refresh, GATHER_MS);
  }

  async function refresh() {
    const concerns = ({ dataset }) => everything || dataset.refreshOn.split(/\s+/).some((name) => sections.has(name));
    const stale = [...document.querySelectorAll("[data-refresh-on]")].filter(concerns);
    [sections, everything, timer] = [new Set(), false, null];
    if (!stale.length) return;
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = page.title;
    stale.forEach((element) => replace(element, page.getElementById(element.id)));
  }

  function replace(element, fresh) {
    if (!fresh || isInUse(element) || element.isEqualNode(fresh)) return;
    element.replaceWith(fresh);
    window.htmx?.process(fresh);
  }

  // What somebody is typing, or has opened to read, is left to them.
  function isInUse(element) {
    const typed = [...element.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue);
    return typed || element.querySelector("details[open], form :focus") !== null;
  }

  function tell(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", listen);
  listen();
})();

// Takes files into a form, one by one, each with its progress; what fails can be tried again.

import { send } from "./sending.js";

for (const place of document.querySelectorAll("[data-uploads]")) start(place);

function start(place) {
  const form = place.closest("form");
  const uploads = { form, place, list: place.querySelector(".files"), words: place.dataset, queue: Promise.resolve() };
  for (const entry of [...uploads.list.children]) {
    present(uploads, entry, entry.querySelector(".file-name").textContent, Number(entry.dataset.size));
    remaining(uploads, entry);
  }
  form.addEventListener("files:restore", ({ detail }) => {
    uploads.list.replaceChildren();
    for (const { id, name, size } of detail) stored(uploads, add(uploads, name, size), id);
  });
  for (const input of place.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      take(uploads, [...input.files]);
      input.value = "";
    });
  }
  drop(uploads, place);
}

function drop(uploads, place) {
  const hover = (on) => place.querySelector(".drop").classList.toggle("is-over", on);
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    hover(true);
  });
  place.addEventListener("dragleave", () => hover(false));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    hover(false);
    take(uploads, [...event.dataTransfer.files]);
  });
}

function take(uploads, files) {
  for (const file of files) {
    if (uploads.list.children.length >= Number(uploads.words.most)) {
      say(uploads, uploads.words.tooMany);
      tell(uploads, uploads.words.tooMany);
      return;
    }
    tell(uploads, null);
    const entry = add(uploads, file.name, file.size);
    const refusal = unfit(uploads, file);
    if (refusal) fail(uploads, entry, refusal, null);
    else begin(uploads, entry, file, crypto.randomUUID());
  }
}

function unfit({ words }, file) {
  if (file.size > Number(words.largest)) return words.tooLarge;
  if (file.size === 0) return words.empty;
  return null;
}

function begin(uploads, entry, file, key) {
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", `${file.name}: ${uploads.words.waiting}`);
  state(entry, bar);
  uploads.queue = uploads.queue.then(() => entry.isConnected && put(uploads, entry, file, bar, key));
}

async function put(uploads, entry, file, bar, key) {
  const { id, refusal } = await send({ ...uploads, entry, file, bar, key });
  if (!entry.isConnected) return;
  if (id) {
    stored(uploads, entry, id);
    say(uploads, `${file.name}: ${uploads.words.done}`);
  } else {
    fail(uploads, entry, refusal, () => begin(uploads, entry, file, key));
  }
}

// How a file is shown.

function add(uploads, name, size) {
  const entry = uploads.list.appendChild(document.createElement("li"));
  entry.className = "file";
  present(uploads, entry, name, size);
  return entry;
}

function present(uploads, entry, name, size) {
  const kept = entry.querySelector("input");
  entry.dataset.size = String(size);
  const label = document.createElement("span");
  label.className = "file-name";
  label.textContent = name;
  const more = document.createElement("span");
  more.className = "file-size";
  more.textContent = written(size);
  const place = document.createElement("span");
  place.className = "file-state";
  entry.replaceChildren(label, more, place, ...(kept ? [kept] : []));
}

function stored(uploads, entry, id) {
  entry.dataset.attachment = id;
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "attachment_ids";
  field.value = id;
  entry.append(field);
  entry.classList.remove("is-refused");
  remaining(uploads, entry);
  changed(uploads);
}

function remaining(uploads, entry) {
  state(entry, removal(uploads, entry));
}

function fail(uploads, entry, text, again) {
  const line = document.createElement("span");
  line.className = "file-error";
  line.textContent = text;
  entry.classList.add("is-refused");
  const parts = [line];
  if (again) {
    parts.push(button(uploads.words.again, entry, () => {
      entry.classList.remove("is-refused");
      again();
    }));
  }
  state(entry, ...parts, removal(uploads, entry));
  say(uploads, `${entry.querySelector(".file-name").textContent}: ${text}`);
}

function removal(uploads, entry) {
  return button(uploads.words.remove, entry, () => {
    entry.dispatchEvent(new Event("file:removed"));
    entry.remove();
    tell(uploads, null);
    changed(uploads);
    uploads.place.querySelector("input[type=file]").focus();
  });
}

function button(text, entry, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-sm";
  made.textContent = text;
  const name = document.createElement("span");
  name.className = "visually-hidden";
  name.textContent = `: ${entry.querySelector(".file-name").textContent}`;
  made.append(name);
  made.addEventListener("click", act);
  return made;
}

function state(entry, ...parts) {
  entry.querySelector(".file-state").replaceChildren(...parts);
}

function tell(uploads, text) {
  uploads.place.querySelector(".files-error")?.remove();
  if (!text) return;
  const line = document.createElement("p");
  line.className = "field-error files-error";
  line.textContent = text;
  uploads.list.before(line);
}

function say({ place }, text) {
  place.querySelector("[data-announce]").textContent = text;
}

function changed({ place }) {
  place.dispatchEvent(new CustomEvent("files:changed", { bubbles: true }));
}

function written(size) {
  const language = document.documentElement.lang;
  if (size < 1_000_000) return `${Math.max(1, Math.round(size / 1000))} KB`;
  return `${(size / 1_000_000).toLocaleString(language, { maximumFractionDigits: 1 })} MB`;
}

// Shows the form of a new request in steps, and keeps what was entered in this tab until it is sent.

import { remember, remembered, forget } from "./drafts.js";

const form = document.querySelector("[data-request-form]");
if (form) start(form);

async function start(form) {
  const steps = [...form.querySelectorAll("[data-step]")];
  const refused = form.querySelector(".field-error[id]");
  for (const element of form.querySelectorAll(".scripted, .step-list")) element.hidden = false;
  form.classList.add("is-stepped");
  if (!refused && !document.querySelector(".alert-danger")) await restore(form);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("change", () => keep(form));
  form.addEventListener("files:changed", () => keep(form));
  form.querySelector("[data-next]").addEventListener("click", () => forward(form, steps));
  form.querySelector("[data-back]").addEventListener("click", () => back(form, steps));
  form.querySelector("[data-discard]").addEventListener("click", forget);
  form.addEventListener("submit", (event) => submit(event, form, steps));
  sites(form);
  window.addEventListener("popstate", () => arrive(form, steps));
  // Somebody may have been quick to follow a link.
  if (target()) arrive(form, steps);
  else enter(form, steps, refused ? steps.findIndex((step) => step.contains(refused)) : at(steps));
}

// Steps. Each is an entry of the browser's history, so that its way back leads through them.

function at(steps) {
  const number = Number(new URLSearchParams(location.hash.slice(1)).get("step"));
  if (number) return Math.min(Math.max(number, 1), steps.length) - 1;
  const holding = steps.findIndex((step) => step.contains(target()));
  return holding === -1 ? steps.findIndex((step) => !step.hidden) : holding;
}

// Where a link within the page leads, such as that to a field which was refused.
function target() {
  return document.getElementById(location.hash.slice(1));
}

function arrive(form, steps) {
  const [linked, index] = [target(), at(steps)];
  history.replaceState(history.state, "", `#step=${index + 1}`);
  show(form, steps, index, { first: linked !== null });
  linked?.focus();
}

function enter(form, steps, index) {
  const wrong = steps.slice(0, index).findIndex((step) => fault(step));
  const target = wrong === -1 ? index : wrong;
  history.replaceState(history.state, "", `#step=${target + 1}`);
  show(form, steps, target, { first: true });
}

function forward(form, steps) {
  const index = at(steps);
  const refusal = fault(steps[index]);
  if (refusal) {
    tell(form, refusal);
    return;
  }
  go(form, steps, index + 1);
}

function back(form, steps) {
  if (history.state?.pushed) history.back();
  else go(form, steps, at(steps) - 1);
}

function go(form, steps, index) {
  history.pushState({ pushed: true }, "", `#step=${index + 1}`);
  show(form, steps, index);
}

function show(form, steps, index, { first = false } = {}) {
  tell(form, null);
  steps.forEach((step, number) => { step.hidden = number !== index; });
  [...form.querySelectorAll(".step-list li")].forEach((item, number) => {
    item.classList.toggle("is-done", number < index);
    if (number === index) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
  const last = index === steps.length - 1;
  form.querySelector("[data-back]").hidden = index === 0;
  form.querySelector("[data-next]").hidden = last;
  form.querySelector("[data-submit]").hidden = !last;
  if (last) review(form);
  const map = steps[index].querySelector(".site-choice-map");
  if (map?.hidden) {
    map.hidden = false;
    map.querySelector("[data-map]").dispatchEvent(new Event("map:show"));
  }
  if (!first) steps[index].querySelector("h2").focus();
}

// What keeps a step from being left: the field, and what to say of it.

function fault(step) {
  for (const field of step.querySelectorAll("input[data-refusal], textarea[data-refusal]")) {
    const length = field.value.trim().length;
    const tooShort = field.required && length < (field.minLength > 0 ? field.minLength : 1);
    // Not maxlength, by which a browser cuts what is pasted and says nothing.
    const tooLong = length > Number(field.dataset.most);
    if (tooShort || tooLong) return { field, text: field.dataset.refusal };
  }
  const choices = step.querySelector("#site-choice");
  if (choices && !choices.querySelector(":checked")) {
    return { field: choices.querySelector("input"), text: choices.dataset.refusal };
  }
  const uploads = step.querySelector("[data-uploads]");
  if (uploads?.querySelector(".file:not([data-attachment])")) {
    return { field: uploads.querySelector(".is-refused button"), text: uploads.dataset.still };
  }
  return null;
}

function tell(form, refusal) {
  const line = form.querySelector("[data-step-error]");
  line.hidden = !refusal;
  line.textContent = refusal?.text ?? "";
  for (const field of form.querySelectorAll("[data-step] [aria-invalid]")) field.removeAttribute("aria-invalid");
  refusal?.field?.setAttribute("aria-invalid", "true");
  refusal?.field?.focus();
}

function submit(event, form, steps) {
  const index = at(steps);
  if (index < steps.length - 1) {
    event.preventDefault();
    forward(form, steps);
    return;
  }
  const wrong = steps.findIndex((step) => fault(step));
  if (wrong !== -1) {
    event.preventDefault();
    go(form, steps, wrong);
    tell(form, fault(steps[wrong]));
    return;
  }
  const button = form.querySelector("[data-submit]");
  if (button.dataset.sending) event.preventDefault();
  button.dataset.sending = "true";
  // After a way back to this page it can be sent again; the same command is done once.
  window.addEventListener("pageshow", () => delete button.dataset.sending, { once: true });
}

function review(form) {
  const none = form.querySelector("[data-none]").dataset.none;
  const site = form.querySelector("#site-choice :checked")?.closest(".choice").querySelector("[data-name]");
  const equipment = form.querySelector("#equipment_id");
  const shown = {
    title: form.elements.title.value.trim(),
    description: form.elements.description.value.trim(),
    site_id: site?.textContent,
    equipment_id: equipment?.value && equipment.selectedOptions[0].textContent,
    attachment_ids: [...form.querySelectorAll(".file[data-attachment] .file-name")].map((name) => name.textContent).join(", "),
  };
  for (const line of form.querySelectorAll("[data-shows]")) line.textContent = shown[line.dataset.shows] || none;
}

// The draft.

function keep(form) {
  remember({
    account: form.dataset.account,
    address: location.search,
    command: form.elements.command_id.value,
    title: form.elements.title.value,
    description: form.elements.description.value,
    site: form.querySelector("#site-choice :checked")?.value ?? "",
    equipment: form.querySelector("#equipment_id")?.value ?? "",
    files: [...form.querySelectorAll(".file[data-attachment]")].map((file) => ({
      id: file.dataset.attachment,
      size: Number(file.dataset.size),
      name: file.querySelector(".file-name").textContent,
    })),
  });
}

async function restore(form) {
  const draft = remembered();
  // Somebody else may have signed in since, in the same tab.
  if (draft?.account !== form.dataset.account) return forget();
  form.elements.command_id.value = draft.command;
  form.elements.title.value = draft.title;
  form.elements.description.value = draft.description;
  form.dispatchEvent(new CustomEvent("files:restore", { detail: draft.files }));
  // Who comes from a site or a device asks about that one, unless the draft was written there.
  const asked = new URLSearchParams(location.search).get("site") && draft.address !== location.search;
  if (!asked && draft.site) await choose(form, draft.site, draft.equipment);
}

// Sites: searched for in the list, or chosen on the map.

function sites(form) {
  const choices = form.querySelector("#site-choice");
  choices.addEventListener("change", () => equipment(form));
  document.addEventListener("site:chosen", ({ detail }) => choose(form, detail));
  let waiting;
  form.querySelector("#site-search")?.addEventListener("input", ({ target }) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => list(form, target.value), 250);
  });
}

async function choose(form, id, device = "") {
  const radio = () => form.querySelector(`#site-choice [value="${CSS.escape(id)}"]`);
  if (!radio()) await list(form, "", id);
  if (!radio()) return;
  radio().checked = true;
  radio().scrollIntoView({ block: "nearest" });
  await equipment(form, device);
  keep(form);
}

let newest = 0;

async function list(form, search, id) {
  const choices = form.querySelector("#site-choice");
  const chosen = id ?? choices.querySelector(":checked")?.value ?? "";
  const asked = ++newest;
  const html = await fetched(choices.dataset.address, { search, site_id: chosen });
  if (html !== null && asked === newest) choices.innerHTML = html;
}

async function equipment(form, device = "") {
  const place = form.querySelector("#equipment-choice");
  const site = form.querySelector("#site-choice :checked")?.value ?? "";
  const html = await fetched(place.dataset.address, { site_id: site });
  if (html === null || site !== form.querySelector("#site-choice :checked")?.value) return;
  place.innerHTML = html;
  const select = place.querySelector("select");
  if (select && [...select.options].some((option) => option.value === device)) select.value = device;
}

async function fetched(address, values) {
  try {
    const answer = await fetch(`${address}?${new URLSearchParams(values)}`, { headers: { "HX-Request": "true" } });
    return answer.ok && !answer.redirected ? await answer.text() : null;
  } catch {
    return null;
  }
}

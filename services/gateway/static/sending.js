// Sends a file to the portal, again by itself where that helps, and says of one that is not taken why.

const KINDS = { heic: "image/heic", heif: "image/heic", jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", webp: "image/webp", pdf: "application/pdf", txt: "text/plain", mp4: "video/mp4" };

// Resolves to the file's `id`, or to the `refusal` to be told. However often it is sent, its key counts once.
export async function send(upload, tries = 3) {
  const { form, words, entry, file } = upload;
  const answer = await posted(upload);
  const id = answer.response?.attachment_id;
  if (answer.status === 201 && id) return { id };
  if (answer.status === 503 && tries > 1) {
    // Others' files come first.
    await new Promise((over) => setTimeout(over, 1000 * Number(answer.getResponseHeader("Retry-After"))));
    return entry.isConnected ? send(upload, tries - 1) : {};
  }
  if (isSignedOut(answer) && tries > 1) {
    const hindrance = await signInAnew(form);
    return hindrance ? { refusal: words[hindrance] } : send(upload, tries - 1);
  }
  return { refusal: reason(words, answer, kindOf(file)) };
}

function posted({ form, words, entry, file, bar, key }) {
  const body = new FormData();
  body.append("file", typed(file), file.name);
  return new Promise((finished) => {
    const request = new XMLHttpRequest();
    request.open("POST", words.address);
    request.setRequestHeader("X-CSRFToken", form.elements.csrf_token.value);
    request.setRequestHeader("Idempotency-Key", key);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = (100 * loaded) / total; });
    request.addEventListener("loadend", () => finished(request));
    entry.addEventListener("file:removed", () => request.abort(), { once: true });
    request.send(body);
  });
}

function isSignedOut({ status }) {
  return status === 401 || status === 403;
}

// Who signed in anew in another window has another token, which the form takes; or the word for what forbids that.
async function signInAnew(form) {
  try {
    const answer = await fetch("/api/v1/session");
    if (isSignedOut(answer)) return "signedOut";
    if (!answer.ok) return "failed";
    const { caller, csrf_token: token } = await answer.json();
    if (caller.account_id !== form.dataset.account) return "otherAccount";
    form.elements.csrf_token.value = token;
    return null;
  } catch {
    return "failed";
  }
}

function reason(words, answer, kind) {
  const wrong = answer.response?.errors ?? {};
  if (wrong.size) return words.tooManyPixels;
  if (wrong.filename) return words.wrongName;
  if ((wrong.sha256 || wrong.media_type) && Object.values(KINDS).includes(kind)) return words.damaged;
  if (answer.status === 413) return words.tooLarge;
  if (answer.status === 415 || answer.status === 422) return words.wrongKind;
  if (isSignedOut(answer)) return words.signedOut;
  return words.failed;
}

function typed(file) {
  const kind = kindOf(file);
  return kind && kind !== file.type ? new Blob([file], { type: kind }) : file;
}

function kindOf(file) {
  const kind = file.type || KINDS[file.name.split(".").pop().toLowerCase()];
  return kind === "image/heif" ? "image/heic" : kind;
}

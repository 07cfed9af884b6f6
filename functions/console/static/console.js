// What pages add where scripts run: local times, copying, and words for a console that does not answer.

const FIELDS = {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  timeZoneName: "short",
};

// Times are served in UTC. Show them in the reader's own zone, with UTC when the pointer rests on them.
function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const local = new Date(time.dateTime).toLocaleString("sv-SE", FIELDS);
    const utc = time.title;
    if (time.textContent === utc) time.textContent = local;
    else time.title = `${local} = ${utc}`;
    time.dataset.local = "";
  }
}

// <button data-copy="/address"> copies what the address answers; <button data-copy="#id"> copies a text of the page.
async function copy(button) {
  const source = button.dataset.copy;
  // Found when it is needed: the list of failures may have been replaced meanwhile.
  const say = (text) => (document.getElementById(button.getAttribute("aria-describedby")).textContent = text);
  try {
    const text = source.startsWith("#")
      ? document.querySelector(source).textContent
      : await fetch(source).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer)));
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } catch {
    say("Not copied. Open it and copy it by hand.");
  }
}

// A link to a line of the payload selects that line in the editor.
function selectLine(link) {
  const area = document.querySelector(link.hash);
  const lines = area.value.split("\n");
  const number = Math.min(Number(link.dataset.line), lines.length);
  const start = lines.slice(0, number - 1).reduce((length, line) => length + line.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + lines[number - 1].length);
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, number - 4);
}

// What arrives above the focused element leaves it where it is in the window: a person without a mouse keeps sight of it.
let focusTop = null;
function rememberFocus() {
  const focused = document.activeElement;
  focusTop = focused === document.body ? null : focused.getBoundingClientRect().top;
}
function keepFocusInPlace() {
  const focused = document.activeElement;
  if (focusTop === null || focused === document.body) return;
  window.scrollBy(0, focused.getBoundingClientRect().top - focusTop);
}

document.addEventListener("DOMContentLoaded", () => showLocalTimes(document));
document.addEventListener("htmx:beforeSwap", rememberFocus);
document.addEventListener("htmx:afterSwap", keepFocusInPlace);
document.addEventListener("htmx:afterSettle", () => {
  rememberFocus();
  showLocalTimes(document);
  keepFocusInPlace();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copy(button);
  const link = event.target.closest("a[data-line]");
  if (link) {
    event.preventDefault();
    selectLine(link);
  }
});

// A part that asks again and again keeps what it shows while the console does not answer. Others say that they are missing.
const NO_ANSWER = "The console did not answer. Reload the page to try again.";
const OLD = "The console does not answer. What you see here may be old; the page asks again.";
const SIGNED_OUT = "You are signed out. Reload the page to sign in again.";
const asksAgain = (element) => (element.getAttribute("hx-trigger") ?? "").includes("every");

function sayFailure(element, target, text) {
  const place = asksAgain(element) ? element : target;
  if (place.querySelector(":scope > [data-failure]")) return; // a screen reader said it already
  const notice = document.createElement("p");
  notice.className = "notice bad";
  notice.setAttribute("role", "alert");
  notice.dataset.failure = "";
  notice.textContent = text;
  if (asksAgain(element)) place.prepend(notice);
  else place.replaceChildren(notice);
}

for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail }) => {
    sayFailure(detail.elt, detail.target, asksAgain(detail.elt) ? OLD : NO_ANSWER);
  });
}
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  const { elt, xhr } = detail;
  if (xhr.status < 400) elt.querySelector(":scope > [data-failure]")?.remove();
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { status } = detail.xhr;
  const { elt } = detail.requestConfig;
  if (status !== 401 && !(status >= 500 && asksAgain(elt))) return;
  detail.shouldSwap = false;
  sayFailure(elt, detail.target, status === 401 ? SIGNED_OUT : OLD);
});

// A form that is pressed twice is sent once. Later presses count again: the first one may have been stopped.
const DOUBLE_PRESS_MS = 3000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return; // htmx sends it
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  setTimeout(() => delete form.dataset.sent, DOUBLE_PRESS_MS);
});
window.addEventListener("pageshow", () => {
  // The browser may show a page again that it kept, with its forms as they were sent.
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

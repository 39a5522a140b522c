// The studio: a run that is watched, a question before what cannot be undone, a way to the place of a fault.
document.documentElement.classList.add("scripted");

// Only the parts that have changed are replaced: a button keeps the focus, and an opened list of examples stays open.
const told = new Map();
const replaceParts = (box, html) => {
  const fresh = document.createElement("template");
  fresh.innerHTML = html; // a fragment that our own template wrote and escaped
  for (const part of fresh.content.querySelectorAll("[data-part]")) {
    const name = part.dataset.part;
    const old = box.querySelector(`[data-part="${name}"]`);
    if (told.get(name) === part.innerHTML) continue;
    told.set(name, part.innerHTML);
    const open = new Set([...old.querySelectorAll("details[open]")].map((one) => one.dataset.key));
    for (const one of part.querySelectorAll("details")) one.open = open.has(one.dataset.key);
    old.replaceChildren(...part.childNodes);
  }
};

for (const box of document.querySelectorAll("[data-events]")) {
  for (const part of box.querySelectorAll("[data-part]")) told.set(part.dataset.part, part.innerHTML);
  document.querySelector("meta[http-equiv=refresh]")?.remove();
  const stream = new EventSource(box.dataset.events);
  stream.addEventListener("run", (event) => replaceParts(box, event.data));
  stream.addEventListener("end", () => {
    stream.close();
    window.location.reload();
  });
}

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// A fault names a line of the text: put the cursor there.
document.addEventListener("click", (event) => {
  const fault = event.target.closest("[data-line]");
  const text = document.querySelector("textarea[data-document]");
  if (!fault || !text) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const line = Math.min(Number(fault.dataset.line), lines.length) - 1;
  const start = lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + lines[line].length);
  text.scrollTop = Math.max(0, line - 4) * Number.parseFloat(getComputedStyle(text).lineHeight);
});

// A value and where it came from light up together.
const light = (event, on) => {
  const value = event.target.closest?.("[data-raw-fields]");
  if (!value) return;
  const names = JSON.parse(value.dataset.rawFields);
  const scope = value.closest("[data-trace]");
  for (const raw of scope.querySelectorAll("[data-raw-field]")) {
    raw.classList.toggle("lit", on && names.includes(raw.dataset.rawField));
  }
};
for (const [name, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
  document.addEventListener(name, (event) => light(event, on));
}

// What takes a while says so on its button, and is not sent twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.dataset.busy) return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  form.setAttribute("aria-busy", "true");
  if (event.submitter) event.submitter.lastChild.textContent = form.dataset.busy;
});
// A page that comes back from the browser's memory is not waiting for anything.
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("[aria-busy=true]")) window.location.reload();
});

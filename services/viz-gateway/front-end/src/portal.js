// The portal without a page reload: htmx follows the form and the links that templates mark. Everything works without it.
import htmx from "htmx.org";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // nothing of a search stays in the browser's storage
htmx.config.refreshOnHistoryMiss = true;
htmx.config.scrollBehavior = "auto";
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "...", swap: true },
];

document.documentElement.classList.add("scripted");

// An address says what is looked for and nothing else.
document.addEventListener("htmx:configRequest", (event) => {
  const parameters = event.detail.formData;
  for (const name of new Set(parameters.keys())) {
    const filled = parameters.getAll(name).filter((value) => value !== "");
    parameters.delete(name);
    for (const value of filled) parameters.append(name, value);
  }
});

// A server that does not answer: follow the link as a browser does, so that the error page of the server shows.
document.addEventListener("htmx:sendError", (event) => {
  window.location.assign(event.detail.pathInfo?.finalRequestPath ?? window.location.href);
});

document.addEventListener("htmx:afterSwap", () => {
  const title = document.querySelector("#results-status")?.dataset.title;
  if (title) document.title = title;
});

// A search makes the banner small, as on a page that the server sends for it. Its box stays: somebody may be writing.
document.addEventListener("htmx:afterSettle", () => {
  const words = document.querySelector("#banner-words");
  words?.closest(".banner").classList.toggle("slim", words.dataset.slim !== undefined);
});

// On a telephone the filters open over the page; Escape and the button close them.
const filters = () => document.querySelector("#filters");
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens-filters]");
  const closer = event.target.closest("[data-closes-filters]");
  if (opener) {
    event.preventDefault();
    document.body.classList.add("filters-open");
    filters()?.querySelector("[data-closes-filters]")?.focus();
  } else if (closer) {
    event.preventDefault();
    closeFilters();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("filters-open")) closeFilters();
});
document.addEventListener("submit", () => {
  if (document.body.classList.contains("filters-open")) closeFilters();
});
function closeFilters() {
  document.body.classList.remove("filters-open");
  document.querySelector("[data-opens-filters]")?.focus();
}

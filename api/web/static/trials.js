// Past questions: a trial that is being asked is followed until it is over, and single keys mark a question.
// Everything works without this.

(() => {
  "use strict";

  const { shortcut } = window.AskdeskPage;
  const $ = (selector, root = document) => root.querySelector(selector);

  for (const button of document.querySelectorAll("[data-key]")) {
    shortcut(button.dataset.key, button.dataset.label, () => button.click());
  }

  // A second click while the first is on its way would mark the next question unseen.
  for (const form of document.querySelectorAll("form.marks")) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
    });
    addEventListener("pageshow", () => (sent = false));
  }

  const standing = $("#trial-state");
  if (standing) follow(standing);

  async function follow(place) {
    let failures = 0;
    if ($("[data-over]", place)) return;
    while (!$("[data-over]", place)) {
      await new Promise((resolve) => setTimeout(resolve, document.hidden ? 5000 : 1000 * (1 + failures)));
      const headers = { Accept: "text/html", "Accept-Language": document.documentElement.lang };
      const response = await fetch(place.dataset.address, { credentials: "same-origin", headers }).catch(() => null);
      if (response?.status === 401 || response?.status === 404) return location.reload();
      failures = response?.ok ? 0 : Math.min(failures + 1, 9);
      if (response?.ok) place.innerHTML = await response.text();
    }
    location.reload();
  }

  // An address that names a question opens it.
  const named = location.hash.startsWith("#question-") && document.getElementById(location.hash.slice(1));
  if (named) {
    named.open = true;
    named.scrollIntoView({ block: "nearest" });
    $("summary", named).focus({ preventScroll: true });
  }
})();

// The workbench's other pages: filters, a new article, unresolved questions, imports.

(() => {
  "use strict";

  const { api, toast, shortcut, element, words: common } = window.AskdeskPage;
  const words = document.getElementById("bench-words").dataset;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const complain = (error) => toast(error.message, { failure: true });

  shortcut("n", words.new, () => location.assign("/editor/articles/new"));

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // On wide screens the filter stands open; on a phone it opens when asked for.
  const filter = $(".shelf__more");
  if (filter && matchMedia("(min-width: 861px)").matches) filter.open = true;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-restore]");
    if (!button) return;
    try {
      const found = await api(button.dataset.restore, { method: "POST" });
      location.assign(`/editor/articles/${encodeURIComponent(found.id)}?locale=${encodeURIComponent(found.locale)}`);
    } catch (error) {
      complain(error);
    }
  });

  // New article ----------------------------------------------------------------------------------------------------

  const creation = $("#new-article");
  if (creation) prepareNew(creation);

  function prepareNew(form) {
    const start = JSON.parse(form.dataset.start);
    const { title, id, locale, category } = form.elements;
    let own = Boolean(start.id);
    const named = (text) => text.toLowerCase().replace(/['’"“”]/g, "").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 80);
    const follow = () => own || (id.value = named(title.value));
    title.addEventListener("input", follow);
    id.addEventListener("input", () => (own = id.value !== ""));
    follow();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const problem = $("#new-problem");
      const button = $("button[type=submit]", form);
      button.setAttribute("aria-busy", "true");
      problem.hidden = true;
      const { body, alternates, tags, audience } = start;
      const sent = { id: id.value.trim(), locale: locale.value, title: title.value.trim(), category: category.value.trim(), body, alternates, tags, audience };
      try {
        const made = await api("/api/v1/articles", { method: "POST", body: sent });
        const gap = start.gap ? `&gap=${start.gap.id}` : "";
        location.assign(`/editor/articles/${encodeURIComponent(made.id)}?locale=${encodeURIComponent(made.locale)}${gap}`);
      } catch (error) {
        button.removeAttribute("aria-busy");
        problem.textContent = error.message;
        problem.className = "field__error";
        problem.hidden = false;
        (error.details?.field === "id" ? id : title).focus();
      }
    });
  }

  // Unresolved questions ---------------------------------------------------------------------------------------------

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-set-gap]");
    if (!button) return;
    const line = button.closest("[data-gap]");
    const set = (status) => api(`/api/v1/gaps/${line.dataset.gap}`, { method: "PATCH", body: { status } });
    const status = button.dataset.setGap;
    try {
      await set(status);
      const next = line.nextElementSibling ?? line.previousElementSibling;
      line.hidden = true;
      (next ? $("a, button", next) : $("h1"))?.focus();
      toast(status === "open" ? words.reopened : words.dismissed, { undo: async () => {
        await set(status === "open" ? "dismissed" : "open");
        line.hidden = false;
      } });
    } catch (error) {
      complain(error);
    }
  });

  // Import -----------------------------------------------------------------------------------------------------------

  const intake = $("#import");
  if (intake) prepareImport(intake);

  function prepareImport(form) {
    const KINDS = /\.(md|markdown|html?|xhtml|txt|csv|tsv|xlsx|jsonl|zip|png|jpe?g|webp|gif)$/i;
    const MOST = 512 * 1024 * 1024;
    const input = form.elements.files;
    const drop = $("#drop");
    const list = $("#import-files");
    const problem = $("#import-problem");
    let files = [];

    const size = (bytes) => new Intl.NumberFormat(window.AskdeskPage.locale, { style: "unit", unit: bytes < 1e6 ? "kilobyte" : "megabyte", maximumFractionDigits: 1 })
      .format(bytes < 1e6 ? bytes / 1e3 : bytes / 1e6);

    function say(text) {
      problem.textContent = text;
      problem.hidden = !text;
    }

    function take(more) {
      say("");
      for (const file of more) {
        if (!KINDS.test(file.name)) say(words.wrongKind.replace("{name}", file.name));
        else if (file.size > MOST) say(words.tooLarge.replace("{name}", file.name));
        else if (!files.some((known) => known.name === file.name && known.size === file.size)) files.push(file);
      }
      draw();
    }

    function draw() {
      list.replaceChildren(...files.map((file, at) => element("li", { class: "drop__file" }, element("span", {}, file.name),
        element("span", { class: "quiet small numeric" }, size(file.size)),
        element("button", { class: "button button--quiet button--small button--icon", type: "button", "aria-label": `${words.remove} ${file.name}`,
          onclick: () => {
            files.splice(at, 1);
            draw();
          } }, "×"))));
      list.hidden = !files.length;
    }

    input.addEventListener("change", () => {
      take(input.files);
      input.value = "";
    });
    for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("drop--over");
    });
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("drop--over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      take(event.dataTransfer.files);
    });
    // A file that misses the zone must not replace the page.
    for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());

    const progress = $("#import-progress");
    let sending = false;

    function advance(done, total) {
      $("[data-detail]", progress).textContent = `${Math.round((100 * done) / total)} %`;
      $("progress", progress).value = done / total;
    }

    addEventListener("beforeunload", (event) => sending && event.preventDefault());

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (sending) return;
      if (!files.length) return say(words.choose);
      const button = $("button[type=submit]", form);
      button.setAttribute("aria-busy", "true");
      say("");
      sending = true;
      progress.hidden = false;
      try {
        const begun = await send();
        sending = false;
        location.assign(`/editor/import/${encodeURIComponent(begun.id)}`);
      } catch (error) {
        sending = false;
        say(error.message);
        progress.hidden = true;
        button.removeAttribute("aria-busy");
      }
    });

    /** Uploads with progress, which fetch cannot tell. */
    function send() {
      const data = new FormData();
      for (const file of files) data.append("files", file, file.name);
      for (const name of ["source", "locale"]) if (form.elements[name].value.trim()) data.append(name, form.elements[name].value.trim());
      for (const name of ["draft", "prune"]) if (form.elements[name].checked) data.append(name, "true");
      return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open("POST", form.action);
        request.responseType = "json";
        request.setRequestHeader("Accept", "application/json");
        request.setRequestHeader("Accept-Language", document.documentElement.lang);
        request.setRequestHeader("X-CSRF-Token", $('meta[name="csrf-token"]')?.content ?? "");
        request.upload.onprogress = (event) => advance(event.loaded, event.total);
        request.onerror = () => reject(new Error(common.offline));
        request.onload = () => (request.status < 300 ? resolve(request.response) : reject(new Error(request.response?.error?.message ?? common.failed)));
        request.send(data);
      });
    }
  }

  // One import: asks how it stands until it is over -----------------------------------------------------------------

  const standing = $("#import-state");
  if (standing) follow(standing);

  async function follow(place) {
    let failures = 0;
    while (!$("[data-over]", place)) {
      await new Promise((resolve) => setTimeout(resolve, document.hidden ? 5000 : 1000 * (1 + failures)));
      const headers = { Accept: "text/html", "Accept-Language": document.documentElement.lang };
      const response = await fetch(place.dataset.address, { credentials: "same-origin", headers }).catch(() => null);
      if (response?.status === 401 || response?.status === 404) return location.reload();
      failures = response?.ok ? 0 : Math.min(failures + 1, 9);
      if (response?.ok) draw(place, await response.text());
    }
  }

  /** Shows how it stands now; who listens hears of each new stage, not of each number. */
  function draw(place, html) {
    const before = $("[data-import]", place).dataset.import;
    place.innerHTML = html;
    const now = $("[data-import]", place);
    if (now.dataset.import !== before) $("#import-said").textContent = now.dataset.said;
  }
})();

// The article page of the workbench: writing, saving, publishing, and what stands beside the draft.

(() => {
  "use strict";

  const work = document.querySelector("main.work");
  if (!work) return;
  const { api, toast, shortcut, element, composing, tellTimes } = window.AskdeskPage;
  const words = document.getElementById("work-words").dataset;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  const form = $("#write");
  const text = $("#body");
  const title = $("#title");
  const { id, locale } = work.dataset;
  const shelf = `askdesk-draft:${id}:${locale}`;
  const article = `/api/v1/articles/${encodeURIComponent(id)}`;
  const query = `?locale=${encodeURIComponent(locale)}`;
  const state = {
    revision: Number(work.dataset.revision),
    published: work.dataset.published ? Number(work.dataset.published) : null,
    kept: "",
    conflict: null,
    timer: 0,
    since: 0,
  };

  // What stands in the form --------------------------------------------------------------------------------------

  function content() {
    const tags = form.elements.tags.value.split(/[,，、]/).map((tag) => tag.trim()).filter(Boolean);
    const alternates = $$("#alternates input").map((input) => input.value.trim()).filter(Boolean);
    return {
      title: title.value.replace(/\s+/g, " ").trim(),
      body: text.value,
      category: form.elements.category.value.trim(),
      tags: [...new Set(tags)],
      audience: form.elements.audience.value,
      alternates: [...new Set(alternates)],
    };
  }

  const draft = (more = {}) => ({ id, locale, ...content(), ...more });
  const said = () => JSON.stringify(content());
  const dirty = () => said() !== state.kept;

  // Saving -------------------------------------------------------------------------------------------------------

  const SOON = 3000;
  const LATEST = 20000;
  let saving = null;

  function tell(word) {
    $("#saved").textContent = words[word];
    $("#saved").dataset.kind = word;
  }

  function changed() {
    if (!dirty()) {
      clearTimeout(state.timer);
      forget();
      tell("saved");
    } else {
      keepHere();
      if (!state.conflict) {
        tell("unsaved");
        later();
      }
    }
    $("#publish").disabled = !dirty() && state.published === state.revision;
    refreshSoon();
  }

  function later(pause = SOON) {
    state.since ||= Date.now();
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save().catch(() => null), Math.max(0, Math.min(pause, LATEST - (Date.now() - state.since))));
  }

  /** Writes the draft to this browser, so that a crash loses nothing. */
  function keepHere() {
    try {
      localStorage.setItem(shelf, JSON.stringify({ revision: state.revision, content: content() }));
    } catch {
      // A full or forbidden store costs the safety copy only: the draft is still saved to the server.
    }
  }

  function forget() {
    try {
      localStorage.removeItem(shelf);
    } catch {
      // As above.
    }
  }

  /** Saves what stands in the form, one request at a time; answers the revision that says it. */
  async function save() {
    if (saving) await saving.catch(() => null);
    if (!dirty()) return state.revision;
    if (state.conflict) throw new Error(words.conflict);
    if (!content().title) {
      tell("failed");
      throw new Error(words.untitled);
    }
    clearTimeout(state.timer);
    state.since = 0;
    saving = send();
    try {
      return await saving;
    } finally {
      saving = null;
      if (dirty() && !state.conflict) later();
    }
  }

  async function send() {
    const sent = said();
    tell("saving");
    try {
      const view = await api(article + query, { method: "PUT", body: { ...JSON.parse(sent), revision: state.revision } });
      state.revision = view.revision;
      state.kept = sent;
      if (dirty()) {
        tell("unsaved");
      } else {
        forget();
        tell("saved");
      }
      showState();
      refreshSoon();
      return view.revision;
    } catch (error) {
      if (error.status === 409) await showConflict(error);
      else if (error.status) tell("failed");
      else {
        tell("offline");
        later(8000);
      }
      throw error;
    }
  }

  async function showConflict(error) {
    tell("conflict");
    state.conflict = error.details?.revision ?? (await api(article + query)).revision;
    $("#conflict").hidden = false;
    await load($("#conflict-changes"), `/editor/draft/changes?against=${state.conflict}`, draft());
    $("#conflict").scrollIntoView({ block: "nearest" });
    $("#keep-mine").focus();
  }

  $("#keep-mine").addEventListener("click", async () => {
    state.revision = state.conflict;
    state.conflict = null;
    $("#conflict").hidden = true;
    await save().catch(complain);
    text.focus();
  });

  $("#take-theirs").addEventListener("click", () => {
    forget();
    state.kept = said();
    location.reload();
  });

  /** Says what went wrong, unless the page shows it already. */
  function complain(error) {
    if (!state.conflict) toast(error.message, { failure: true });
  }

  function showState() {
    const name = state.published === null ? "draft" : state.published === state.revision ? "published" : "changed";
    $("#state").replaceChildren($(`#state-${name}`).content.cloneNode(true));
    $("#publish").disabled = name === "published" && !dirty();
    for (const chip of $$(".work__bar .chip[aria-current]")) chip.className = `chip chip--${name}`;
    $("#unpublish").hidden = state.published === null;
  }

  addEventListener("beforeunload", (event) => {
    if (!dirty()) return;
    keepHere();
    event.preventDefault();
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden && dirty()) save().catch(() => null);
  });

  addEventListener("online", () => dirty() && save().catch(() => null));

  form.addEventListener("input", (event) => {
    if (event.target === text) grow();
    if (event.target === title) title.value = title.value.replace(/[\r\n]+/g, " ");
    changed();
  });
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  title.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || composing(event)) return;
    event.preventDefault();
    text.focus();
  });

  // Text of this browser that never reached the server ---------------------------------------------------------------

  function offerRescue() {
    let found = null;
    try {
      found = JSON.parse(localStorage.getItem(shelf) ?? "null");
    } catch {
      forget();
    }
    if (!found || JSON.stringify(found.content) === state.kept) return forget();
    $("#rescued").hidden = false;
    $("#rescue").onclick = () => {
      fill(found.content);
      $("#rescued").hidden = true;
      changed();
    };
    $("#forget").onclick = () => {
      forget();
      $("#rescued").hidden = true;
    };
  }

  function fill(said) {
    title.value = said.title;
    text.value = said.body;
    form.elements.category.value = said.category;
    form.elements.tags.value = said.tags.join(", ");
    form.elements.audience.value = said.audience;
    $("#alternates").replaceChildren();
    said.alternates.forEach((each) => addAlternate(each));
    grow();
  }

  // Other ways to ask ----------------------------------------------------------------------------------------------

  function addAlternate(value = "", after = null) {
    const number = $$("#alternates li").length + 1;
    const input = element("input", { class: "input", value, maxlength: 500, "aria-label": words.wording.replace("{n}", number) });
    const remove = element("button", { class: "button button--quiet button--small button--icon", type: "button", "data-remove": true,
      "aria-label": words.remove, title: words.remove }, "×");
    const line = element("li", { class: "alternates__one" }, input, remove);
    if (after) after.after(line);
    else $("#alternates").append(line);
    return input;
  }

  $("#add-alternate").addEventListener("click", () => addAlternate().focus());
  $("#alternates").addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    const line = button.closest("li");
    const next = line.nextElementSibling ?? line.previousElementSibling;
    line.remove();
    (next ? $("input", next) : $("#add-alternate")).focus();
    changed();
  });
  $("#alternates").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || composing(event)) return;
    event.preventDefault();
    addAlternate("", event.target.closest("li")).focus();
  });
  // Several lines pasted into one wording are several wordings.
  $("#alternates").addEventListener("paste", (event) => {
    const lines = event.clipboardData.getData("text").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    if (lines.length < 2) return;
    event.preventDefault();
    let line = event.target.closest("li");
    if (!event.target.value) event.target.value = lines.shift();
    for (const each of lines) line = addAlternate(each, line).closest("li");
    changed();
  });

  // The text: it grows with what is written, and marks a passage ------------------------------------------------------

  const mark = { from: Number(work.dataset.from), to: Number(work.dataset.to) };
  let before = text.value;

  function grow() {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 2}px`;
    drawMark();
    before = text.value;
  }

  /** The marked words lie behind the text area, in the same place: a copy of the text with a <mark> in it. */
  function drawMark() {
    const layer = $("#marks");
    if (mark.from < 0) return layer.replaceChildren();
    moveMark();
    const value = text.value;
    layer.replaceChildren(value.slice(0, mark.from), element("mark", {}, value.slice(mark.from, mark.to)), value.slice(mark.to) + "\n");
  }

  /** Keeps the mark on its words while text changes before or inside it. */
  function moveMark() {
    const value = text.value;
    if (value === before) return;
    let start = 0;
    const shortest = Math.min(value.length, before.length);
    while (start < shortest && value[start] === before[start]) start++;
    const grown = value.length - before.length;
    if (start <= mark.from) mark.from = Math.max(start, mark.from + grown);
    if (start <= mark.to) mark.to = Math.max(mark.from, mark.to + grown);
  }

  function show(from, to) {
    Object.assign(mark, { from, to });
    before = text.value;
    drawMark();
    const place = $("#marks mark");
    place?.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    text.focus({ preventScroll: true });
    text.setSelectionRange(from, from);
  }

  const wide = matchMedia("(min-width: 1181px)");
  addEventListener("resize", grow);

  // Toolbar --------------------------------------------------------------------------------------------------------

  const MARKS = {
    h2: () => lines((line) => (line.startsWith("## ") ? line.slice(3) : `## ${line.replace(/^#+\s*/, "")}`), words.heading),
    h3: () => lines((line) => (line.startsWith("### ") ? line.slice(4) : `### ${line.replace(/^#+\s*/, "")}`), words.heading),
    list: () => lines((line) => (line.startsWith("- ") ? line.slice(2) : `- ${line.replace(/^\d+[.)]\s+/, "")}`), words.item),
    steps: () => lines((line, n) => (/^\d+\.\s/.test(line) ? line.replace(/^\d+\.\s+/, "") : `${n + 1}. ${line.replace(/^[-*]\s+/, "")}`), words.step),
    bold: () => around("**", "**", words.bold),
    link: () => around("[", "](https://)", words.link),
    image: () => pictureFile.click(),
    table: () => insert(`| ${words.column} | ${words.column} |\n| --- | --- |\n| ${words.cell} | ${words.cell} |\n`),
  };

  /** Puts words in place of the selection so that the browser's own undo takes them back. */
  function replace(from, to, value) {
    text.focus();
    text.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, value)) text.setRangeText(value, from, to, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function lines(turn, empty) {
    const { selectionStart: start, selectionEnd: end, value } = text;
    const from = value.lastIndexOf("\n", start - 1) + 1;
    const to = value.indexOf("\n", end) < 0 ? value.length : value.indexOf("\n", end);
    const made = value.slice(from, to).split("\n").map((line, n) => turn(line || empty, n)).join("\n");
    replace(from, to, made);
    text.setSelectionRange(from, from + made.length);
  }

  function around(left, right, empty) {
    const { selectionStart: start, selectionEnd: end, value } = text;
    const chosen = value.slice(start, end) || empty;
    replace(start, end, left + chosen + right);
    text.setSelectionRange(start + left.length, start + left.length + chosen.length);
  }

  function insert(block) {
    const { selectionStart: start, value } = text;
    const apart = start && !value.slice(0, start).endsWith("\n\n") ? "\n\n" : "";
    replace(start, start, apart + block);
  }

  const marks = $$("[data-mark]");
  for (const button of marks) button.addEventListener("click", () => MARKS[button.dataset.mark]());
  $(".toolbar").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = marks.indexOf(document.activeElement);
    if (!step || at < 0) return;
    const next = marks.at((at + step) % marks.length);
    marks.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
    next.focus();
  });
  text.addEventListener("keydown", (event) => {
    if (composing(event) || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const name = { b: "bold" }[event.key.toLowerCase()];
    if (!name) return;
    event.preventDefault();
    MARKS[name]();
  });
  // Enter goes on with a list, and ends it on an empty item.
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || composing(event) || event.shiftKey || event.ctrlKey || event.metaKey) return;
    const { selectionStart: start, selectionEnd: end, value } = text;
    if (start !== end) return;
    const from = value.lastIndexOf("\n", start - 1) + 1;
    const item = /^(\s*)([-*]|(\d+)([.)]))\s+(.*)$/.exec(value.slice(from, start));
    if (!item) return;
    event.preventDefault();
    if (!item[5]) return replace(from, start, "");
    const next = item[3] ? `${Number(item[3]) + 1}${item[4]}` : item[2];
    replace(start, start, `\n${item[1]}${next} `);
  });

  // Pictures: chosen, pasted or dropped; each is asked about before it goes into the text -------------------------------

  const PICTURES = ["image/png", "image/jpeg", "image/webp", "image/gif"];
  const LARGEST = 5 * 1024 * 1024;
  const pictureFile = $("#picture-file");
  const pictureDialog = $("#picture-dialog");
  const pictureForm = $("#picture-form");
  const pictureAlt = $("#picture-alt");
  const waiting = [];
  let picture = null;

  pictureFile.addEventListener("change", () => {
    takePictures(pictureFile.files);
    pictureFile.value = "";
  });
  // Spreadsheets and word processors put a picture beside the words that are meant.
  text.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
    if (!files.length || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    takePictures(files);
  });
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  // A file that misses the text must not replace the page.
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => carriesFiles(event) && event.preventDefault());
  form.addEventListener("dragover", (event) => carriesFiles(event) && form.classList.add("work__write--over"));
  for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("work__write--over"));
  form.addEventListener("drop", (event) => carriesFiles(event) && takePictures(event.dataTransfer.files));

  function takePictures(files) {
    for (const file of files) {
      if (!PICTURES.includes(file.type)) toast(words.pictureKind.replace("{name}", file.name), { failure: true });
      else if (file.size > LARGEST) toast(words.pictureLarge.replace("{name}", file.name), { failure: true });
      else waiting.push(file);
    }
    if (!picture) nextPicture();
  }

  /** Sends the next picture while its words are being written. */
  function nextPicture() {
    const file = waiting.shift();
    if (!file) return;
    const body = new FormData();
    body.append("file", file, file.name || "picture");
    // What lies under a dialog loses its caret.
    picture = { stored: api("/api/v1/images", { method: "POST", body }), at: [text.selectionStart, text.selectionEnd] };
    picture.stored.catch(() => null);
    const reader = new FileReader();
    const shown = $("#picture-shown");
    reader.addEventListener("load", () => (shown.src = reader.result));
    reader.readAsDataURL(file);
    pictureForm.reset();
    blame("");
    pictureDialog.showModal();
    pictureAlt.focus();
  }

  function blame(problem) {
    $("#picture-problem").textContent = problem;
    $("#picture-problem").hidden = !problem;
    pictureAlt.toggleAttribute("aria-invalid", problem === words.pictureWords);
  }

  pictureForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    const alt = pictureAlt.value.replace(/\s+/g, " ").trim();
    if (!alt) {
      blame(words.pictureWords);
      pictureAlt.focus();
      return;
    }
    const mine = picture;
    const add = $("#picture-add");
    add.setAttribute("aria-busy", "true");
    $("#picture-state").textContent = words.pictureSending;
    try {
      const { url } = await mine.stored;
      if (picture !== mine) return;
      pictureDialog.close();
      text.setSelectionRange(...mine.at);
      insertPicture(`![${alt.replace(/[\\[\]]/g, "\\$&")}](${url})`);
      toast(words.pictureAdded);
    } catch (error) {
      if (picture === mine) blame(error.message);
    } finally {
      add.removeAttribute("aria-busy");
      $("#picture-state").textContent = "";
    }
  });
  pictureAlt.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || composing(event)) return;
    event.preventDefault();
    pictureForm.requestSubmit();
  });
  pictureDialog.addEventListener("close", () => {
    picture = null;
    $("#picture-shown").removeAttribute("src");
    // What is inserted comes first, then the next question.
    setTimeout(nextPicture);
  });

  /** A picture of a step stays within the step; anywhere else it is a paragraph of its own. */
  function insertPicture(mark) {
    const { selectionStart: start, selectionEnd: end, value } = text;
    const from = value.lastIndexOf("\n", start - 1) + 1;
    const item = /^(\s*(?:[-*]|\d+[.)])\s+)\S/.exec(value.slice(from, start));
    if (item) return replace(end, end, `\n${" ".repeat(item[1].length)}${mark}`);
    const left = value.slice(0, start);
    const right = value.slice(end);
    const before = !left || left.endsWith("\n\n") ? "" : left.endsWith("\n") ? "\n" : "\n\n";
    const after = right.startsWith("\n\n") ? "" : right.startsWith("\n") ? "\n" : "\n\n";
    replace(start, end, before + mark + after);
  }

  // Beside the draft -----------------------------------------------------------------------------------------------

  const asked = new WeakMap();

  /** Loads a part of the page that the server renders. A later call for the same place wins. */
  async function load(place, address, body) {
    const mine = (asked.get(place) ?? 0) + 1;
    asked.set(place, mine);
    place.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => {
      if (asked.get(place) === mine) place.replaceChildren($("#waiting").content.cloneNode(true));
    }, 300);
    try {
      const html = await fetchPart(address, body);
      if (asked.get(place) !== mine) return;
      place.innerHTML = html;
      tellTimes(place);
    } catch (error) {
      if (asked.get(place) === mine) place.replaceChildren(element("div", { class: "notice notice--failure", role: "alert" }, element("p", {}, error.message)));
    } finally {
      clearTimeout(slow);
      if (asked.get(place) === mine) place.removeAttribute("aria-busy");
    }
  }

  async function fetchPart(address, body) {
    const token = $('meta[name="csrf-token"]')?.content;
    const accept = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
    const options = body
      ? { method: "POST", body: JSON.stringify(body), headers: { ...accept, "Content-Type": "application/json", "X-CSRF-Token": token } }
      : { headers: accept };
    const response = await fetch(address, { credentials: "same-origin", ...options }).catch(() => {
      throw new Error(window.AskdeskPage.words.offline);
    });
    if (response.ok) return response.text();
    const data = await response.json().catch(() => null);
    throw new Error(data?.error?.message ?? window.AskdeskPage.words.failed);
  }

  const parts = {
    preview: { address: "/editor/draft/preview", quick: true },
    passages: { address: "/editor/draft/passages", quick: true },
    effect: { address: "/editor/draft/effect" },
    history: { address: `/editor/history?id=${encodeURIComponent(id)}&locale=${encodeURIComponent(locale)}`, read: true },
    ask: {},
  };
  const open = () => $('[role="tab"][aria-selected="true"]', work).getAttribute("aria-controls");
  const shown = {};
  let refreshing;

  function refreshSoon() {
    clearTimeout(refreshing);
    refreshing = setTimeout(() => refresh(open()), 350);
  }

  async function refresh(name, { force = false } = {}) {
    const part = parts[name];
    if (!part.address) return;
    const now = part.read ? `${state.revision}/${state.published}` : `${said()}/${state.published}`;
    if (shown[name] === now && !force) return;
    const place = $(`#${name} [data-part]`);
    if (shown[name] !== undefined && !part.quick && !part.read && !force) return markStale(name, place);
    shown[name] = now;
    await load(place, part.address, part.read ? undefined : draft());
  }

  /** What is slow to find out is not found out at every letter. */
  function markStale(name, place) {
    if ($(".stale", place)) return;
    place.prepend(element("p", { class: "stale" }, element("button", { class: "button button--small", type: "button", onclick: () => refresh(name, { force: true }) }, words.stale)));
  }

  function choose(name) {
    const tab = $(`#tab-${name}`);
    tab.click();
    if (!wide.matches) $(".work__side").scrollIntoView({ block: "start" });
    tab.focus();
  }

  for (const tab of $$('[role="tab"]', work)) {
    new MutationObserver(() => tab.getAttribute("aria-selected") === "true" && refresh(open())).observe(tab, { attributeFilter: ["aria-selected"] });
  }
  for (const button of $$("[data-tab]")) button.addEventListener("click", () => choose(button.dataset.tab));

  work.addEventListener("click", async (event) => {
    const place = event.target.closest("[data-show-from]");
    if (place) show(Number(place.dataset.showFrom), Number(place.dataset.showTo));
    const compare = event.target.closest("[data-compare]");
    if (compare) await toggleChanges(compare);
    const revert = event.target.closest("[data-revert]");
    if (revert) await goBack(Number(revert.dataset.revert)).catch(complain);
  });

  async function toggleChanges(button) {
    const place = $("[data-changes]", button.closest("li"));
    place.hidden = !place.hidden;
    button.setAttribute("aria-expanded", String(!place.hidden));
    if (!place.hidden) await load(place, `/editor/draft/changes?against=${button.dataset.compare}`, draft());
  }

  async function goBack(number) {
    const from = await save();
    const view = await api(`${article}/revert${query}`, { method: "POST", body: { to: number, revision: from } });
    take(view);
    toast(words.reverted, { undo: async () => take(await api(`${article}/revert${query}`, { method: "POST", body: { to: from, revision: state.revision } })) });
    await refresh("history", { force: true });
  }

  /** Shows an article as the server now has it. */
  function take(view) {
    state.revision = view.revision;
    fill(view);
    state.kept = said();
    forget();
    changed();
    showState();
  }

  // Ask ------------------------------------------------------------------------------------------------------------

  const askForm = $("#ask-form");
  askForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    const question = askForm.elements.question.value.trim();
    if (!question) return toast(words.empty, { failure: true });
    const button = $("button", askForm);
    button.setAttribute("aria-busy", "true");
    await load($("#ask [data-part]"), "/editor/draft/ask", draft({ question }));
    button.removeAttribute("aria-busy");
  });
  askForm.elements.question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || composing(event)) return;
    event.preventDefault();
    askForm.requestSubmit();
  });
  $("#ask-again")?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-question]");
    if (!button) return;
    askForm.elements.question.value = button.dataset.question;
    askForm.requestSubmit();
  });

  // Publish, unpublish, delete ---------------------------------------------------------------------------------------

  const publishing = $("#publish");
  publishing.addEventListener("click", () => publish().catch(complain));

  async function publish() {
    publishing.setAttribute("aria-busy", "true");
    try {
      await save();
      const began = performance.now();
      const view = await api(`${article}/publish${query}`, { method: "POST", body: { revision: state.revision } });
      state.revision = view.revision;
      state.published = view.revision;
      showState();
      const ready = await answerable();
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      toast(ready ? words.answerable.replace("{seconds}", seconds) : words.soon);
      await closeGap();
      await refresh(open(), { force: true });
    } finally {
      publishing.removeAttribute("aria-busy");
      showState();
    }
  }

  /** Whether the assistant answered from what is published within ten seconds. */
  async function answerable() {
    const address = `/editor/answerable?id=${encodeURIComponent(id)}&locale=${encodeURIComponent(locale)}`;
    const end = performance.now() + 10000;
    for (let pause = 60; performance.now() < end; pause = Math.min(pause * 1.5, 800)) {
      const found = await api(address).catch(() => null);
      if (found?.answerable) return true;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return false;
  }

  async function closeGap() {
    const gap = work.dataset.gap;
    if (!gap) return;
    work.dataset.gap = "";
    await api(`/api/v1/gaps/${gap}`, { method: "PATCH", body: { status: "fixed", article: id } });
    toast(words.closed);
  }

  $("#unpublish").addEventListener("click", async () => {
    try {
      await save();
      const view = await api(`${article}/unpublish${query}`, { method: "POST", body: { revision: state.revision } });
      state.revision = view.revision;
      state.published = null;
      showState();
      toast(words.unpublished, { undo: publish });
      await refresh(open(), { force: true });
    } catch (error) {
      complain(error);
    }
  });

  $("#delete").addEventListener("click", () => $("#delete-dialog").showModal());
  $("#delete-really").addEventListener("click", async () => {
    try {
      if (!state.conflict) await save().catch(() => null);
      await api(`${article}${query}&revision=${state.revision}`, { method: "DELETE" });
      forget();
      state.kept = said();
      location.assign(`/editor?undo=${encodeURIComponent(id)}&undo_locale=${encodeURIComponent(locale)}`);
    } catch (error) {
      $("#delete-dialog").close();
      complain(error);
    }
  });

  $("[data-copy-address]").addEventListener("click", async () => {
    await navigator.clipboard.writeText(`${location.origin}/editor/articles/${encodeURIComponent(id)}${query}`).catch(() => null);
    toast(words.copied);
  });

  // Keyboard -------------------------------------------------------------------------------------------------------

  shortcut("ctrl+s", words.save, () => save().catch(complain));
  shortcut("p", words.preview, () => choose("preview"));
  shortcut("a", words.ask, () => {
    choose("ask");
    askForm.elements.question.focus();
  });
  shortcut("v", words.effect, () => choose("effect"));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey || !(event.ctrlKey || event.metaKey) || composing(event)) return;
    event.preventDefault();
    if (!publishing.disabled) publish().catch(complain);
  });

  state.kept = said();
  grow();
  showState();
  offerRescue();
  refresh(open());
  if (mark.from >= 0) show(mark.from, mark.to);
  document.fonts?.ready.then(grow);
})();

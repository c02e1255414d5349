// The agents' console: opens tickets in place, follows the desk's events, sends replies that can be undone.
// A page that stands still is never moved: what is new waits behind a quiet "3 new".

(() => {
  "use strict";

  const desk = document.getElementById("desk");
  if (!desk) return forms();

  const { api, toast, shortcut, news, tellTimes, element, composing } = window.AskdeskPage;
  const words = document.getElementById("desk-words").dataset;
  const macros = JSON.parse(document.getElementById("macros").textContent);
  const UNDO_SECONDS = 5;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const pane = () => $("#ticket");
  const number = () => Number(pane().dataset.number) || null;
  const failed = (error) => toast(error.message, { failure: true });

  /** An id that no other message has. crypto.randomUUID needs HTTPS, which a desk on a local network may lack. */
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // Opening a ticket in place --------------------------------------------------------------------------------------

  let shown = location.pathname + location.search;

  async function fetchPage(href) {
    const response = await fetch(href, { credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return null;
    return new DOMParser().parseFromString(await response.text(), "text/html");
  }

  function take(selector, next) {
    const here = $(selector);
    const there = $(selector, next);
    for (const { name } of [...here.attributes]) here.removeAttribute(name);
    for (const { name, value } of there.attributes) here.setAttribute(name, value);
    here.replaceChildren(...there.childNodes);
  }

  async function open(href, { push = true } = {}) {
    keepDraft();
    const next = await fetchPage(href).catch(() => null);
    if (!next || !$("#ticket", next)) return location.assign(href);
    take("#ticket", next);
    take("#aside", next);
    desk.className = $("#desk", next).className;
    desk.dataset.show = $("#desk", next).dataset.show;
    desk.dataset.mark = $("#desk", next).dataset.mark;
    baseTitle = next.title;
    tellTitle();
    if (push) history.pushState(null, "", href);
    shown = location.pathname + location.search;
    mergeList(next);
    markCurrent();
    prepareTicket();
    follow();
  }

  function markCurrent() {
    for (const row of $$("#ticket-list [data-number]")) {
      if (Number(row.dataset.number) === number()) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#ticket-list a.list__title, a[data-ticket], .ticket-head__back");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link.getAttribute("href"));
  });

  // A click on a brief's evidence changes the hash only, and that is no reason to load anything.
  window.addEventListener("popstate", () => {
    if (location.pathname + location.search !== shown) open(location.href, { push: false });
  });

  // Evidence: the message comes into view and takes the focus.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#message-"]');
    const message = link && document.getElementById(link.hash.slice(1));
    if (!message) return;
    message.tabIndex = -1;
    requestAnimationFrame(() => message.focus({ preventScroll: true }));
  });

  // Refreshing what is open --------------------------------------------------------------------------------------

  let refreshing = null;
  let again = false;
  let waiting;

  /** Brings list, counts and ticket up to date soon; many calls are one. */
  function refresh(soon = 250) {
    clearTimeout(waiting);
    waiting = setTimeout(refreshNow, soon);
  }

  async function refreshNow() {
    if (refreshing) {
      again = true;
      return;
    }
    const address = location.pathname + location.search;
    refreshing = fetchPage(address).catch(() => null);
    const next = await refreshing;
    refreshing = null;
    if (next && address === location.pathname + location.search) {
      mergeList(next);
      mergeCounts(next);
      if (number()) mergeTicket(next);
      tellTimes();
    }
    if (again) {
      again = false;
      refresh();
    }
  }

  const list = $("#ticket-list");
  const isReading = () => list.matches(":hover") || list.contains(document.activeElement) || list.scrollTop > 0;

  function mergeList(next) {
    const fresh = $("#ticket-list", next);
    if (!isReading() || !$("[data-number]", list)) {
      replaceList(fresh);
      return;
    }
    let added = 0;
    for (const row of $$("[data-number]", fresh)) {
      const old = $(`[data-number="${row.dataset.number}"]`, list);
      if (!old) added += 1;
      else if (old.innerHTML !== row.innerHTML) refill(old, row.cloneNode(true));
    }
    const button = $("#list-news");
    button.hidden = true;
    button.dataset.count = 0;
    if (added) news(added, { button, load: () => replaceList(fresh) });
  }

  function refill(old, row) {
    const focused = old.contains(document.activeElement);
    old.className = row.className;
    old.replaceChildren(...row.childNodes);
    if (focused) $("a", old)?.focus({ preventScroll: true });
  }

  function replaceList(fresh) {
    list.replaceChildren(...fresh.cloneNode(true).childNodes);
    $("#list-news").hidden = true;
    markCurrent();
    tellTimes(list);
  }

  function mergeCounts(next) {
    const rail = $(".staff__rail .nav", next);
    if (rail && !$(".staff__rail .nav").contains(document.activeElement)) $(".staff__rail .nav").replaceChildren(...rail.childNodes);
  }

  function mergeTicket(next) {
    const there = $("#ticket", next);
    if (Number(there.dataset.number) !== number()) return;
    // A page asked for before our own change says how things stood then.
    if (Number(there.dataset.version) < Number(pane().dataset.version)) return refresh();
    Object.assign(pane().dataset, there.dataset);
    const head = $("#ticket-head");
    if (!head.contains(document.activeElement)) head.replaceWith($("#ticket-head", next));
    const aside = $("#aside");
    if (!aside.contains(document.activeElement) || !document.activeElement.matches("input, select")) {
      const isOpen = $("details.aside__history", aside)?.open;
      aside.replaceChildren(...$("#aside", next).childNodes);
      const historyPart = $("details.aside__history", aside);
      if (historyPart && isOpen) historyPart.open = true;
    }
    mergeTimeline($("#timeline", next));
  }

  function mergeTimeline(fresh) {
    const timeline = $("#timeline");
    const scroll = $("#ticket-scroll");
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 48;
    const wanted = [...fresh.children];
    const ids = new Set(wanted.map((one) => one.id));
    for (const old of [...timeline.children]) if (!ids.has(old.id)) old.remove();
    let added = 0;
    wanted.forEach((one, index) => {
      const old = document.getElementById(one.id);
      const open = old ? $$("details", old).map((part) => part.open) : [];
      if (old && settled(old) === settled(one)) return;
      if (old) {
        old.replaceWith(one);
        $$("details", one).forEach((part, at) => (part.open = open[at]));
      } else {
        timeline.insertBefore(one, timeline.children[index] ?? null);
        added += 1;
      }
    });
    if (atEnd) scroll.scrollTop = scroll.scrollHeight;
    else if (added) news(added, { button: $("#timeline-news"), load: () => scroll.scrollTo({ top: scroll.scrollHeight }) });
  }

  /** A message without what changes by itself: relative times and opened quotes. */
  function settled(message) {
    const copy = message.cloneNode(true);
    for (const time of $$("time", copy)) time.remove();
    for (const part of $$("details", copy)) part.removeAttribute("open");
    copy.removeAttribute("tabindex");
    return copy.outerHTML;
  }

  // Live events --------------------------------------------------------------------------------------------------

  const KINDS = ["ticket.created", "ticket.changed", "ticket.overdue", "ticket.nudged", "ticket.rated", "handover", "message", "message.withdrawn",
    "conversation.changed", "conversation.message", "conversation.status"];
  let source;
  let mark = desk.dataset.mark;

  function follow() {
    source?.close();
    mark = desk.dataset.mark;
    connect();
  }

  function connect() {
    const ticket = number() ? `ticket=${number()}&` : "";
    source = new EventSource(`/api/v1/desk/events?${ticket}after=${encodeURIComponent(mark)}`);
    for (const kind of KINDS) source.addEventListener(kind, happened);
    source.onerror = () => {
      // The browser tries again by itself unless the server refused; then we do, with the mark that we have.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000 + Math.random() * 5000);
    };
  }

  function happened(event) {
    if (event.lastEventId) mark = event.lastEventId;
    if (event.type === "handover" || event.type === "ticket.created" || event.type === "ticket.overdue") announce(JSON.parse(event.data));
    refresh();
  }

  // A new handover: sound and a number in the tab's title ------------------------------------------------------------

  let baseTitle = document.title;
  const unseen = new Set();
  const told = new Map();
  let audio;
  const hasSound = () => localStorage.getItem("askdesk-sound") === "on";

  function announce({ number: ticket }) {
    if (Date.now() - (told.get(ticket) ?? 0) < 10000) return;
    told.set(ticket, Date.now());
    if (!document.hasFocus() || document.hidden) unseen.add(ticket);
    tellTitle();
    if (hasSound()) chime();
  }

  function tellTitle() {
    document.title = unseen.size ? `(${unseen.size}) ${baseTitle}` : baseTitle;
  }

  function chime() {
    audio ??= new AudioContext();
    const start = audio.currentTime;
    [660, 880].forEach((pitch, index) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, start + index * 0.14);
      volume.gain.exponentialRampToValueAtTime(0.12, start + index * 0.14 + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + index * 0.14 + 0.3);
      tone.connect(volume).connect(audio.destination);
      tone.start(start + index * 0.14);
      tone.stop(start + index * 0.14 + 0.32);
    });
    desk.dataset.chimes = Number(desk.dataset.chimes ?? 0) + 1;
  }

  const seen = () => {
    if (!document.hasFocus()) return;
    unseen.clear();
    tellTitle();
  };
  addEventListener("focus", seen);
  document.addEventListener("visibilitychange", seen);

  const bell = $("[data-sound]");
  const tellSound = () => bell.setAttribute("aria-pressed", hasSound());
  tellSound();
  bell.addEventListener("click", () => {
    localStorage.setItem("askdesk-sound", hasSound() ? "off" : "on");
    tellSound();
    if (hasSound()) chime();
    toast(hasSound() ? words.soundOn : words.soundOff);
  });

  // Changing the ticket ------------------------------------------------------------------------------------------

  async function change(fields, said) {
    try {
      const now = await api(`/api/v1/tickets/${number()}`, { method: "PATCH", body: { version: Number(pane().dataset.version), ...fields } });
      pane().dataset.version = now.version;
      if (said) toast(said);
    } catch (error) {
      failed(error);
    }
    refresh(0);
  }

  async function speak(act, said) {
    try {
      await api(`/api/v1/conversations/${pane().dataset.conversation}/${act}`, { method: "POST" });
      toast(said);
    } catch (error) {
      failed(error);
    }
    refresh(0);
  }

  async function solve() {
    const before = pane().dataset.status;
    if (before === "solved" || before === "closed") return;
    await change({ status: "solved" });
    toast(words.solved, { undo: () => change({ status: before === "new" ? "open" : before }) });
  }

  const acts = {
    assign: () => change({ assignee: desk.dataset.me }, words.mine),
    solve,
    reopen: () => change({ status: "open" }),
    takeover: () => speak("takeover", words.taken),
    release: () => speak("release", words.released),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) {
      button.blur();
      acts[button.dataset.act]();
    }
    if (event.target.closest("[data-details]")) toggleDetails();
    else if (!event.target.closest("#aside") || event.target.closest("[data-close-details]")) toggleDetails(false);
  });

  function toggleDetails(to) {
    const aside = $("#aside");
    const isOpen = to ?? !("open" in aside.dataset);
    if (isOpen) aside.dataset.open = "";
    else delete aside.dataset.open;
    $("[data-details]")?.setAttribute("aria-expanded", isOpen);
  }

  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-field]");
    if (!field) return;
    const value = field.name === "tags" ? field.value.split(/[,，]/).map((tag) => tag.trim()).filter(Boolean) : field.value;
    change({ [field.name]: field.name === "assignee" ? value || null : value }, words.saved);
  });

  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-submit]")) event.target.form.requestSubmit();
  });

  // Writing --------------------------------------------------------------------------------------------------------

  const form = () => $("#composer");
  const area = () => $("#composer-text");
  const mode = () => new FormData(form()).get("mode");
  const draftKey = () => `askdesk-draft-${number()}`;
  let messageId = newId();
  let typedAt = 0;

  function prepareTicket() {
    if (!form()) return;
    area().value = localStorage.getItem(draftKey()) ?? "";
    messageId = newId();
    tellMode();
    grow();
    const scroll = $("#ticket-scroll");
    const target = location.hash.startsWith("#message-") && document.getElementById(location.hash.slice(1));
    if (target) target.scrollIntoView({ block: "center" });
    else if (pane().dataset.status !== "new") scroll.scrollTop = scroll.scrollHeight;
    tellTimes(pane());
  }

  function keepDraft() {
    if (!form()) return;
    if (area().value.trim()) localStorage.setItem(draftKey(), area().value);
    else localStorage.removeItem(draftKey());
  }

  function tellMode() {
    const note = mode() === "note";
    form().dataset.mode = mode();
    $("[data-hint-reply]", form()).hidden = note;
    $("[data-hint-note]", form()).hidden = !note;
    $("[data-then]", form()).hidden = note;
    area().placeholder = note ? area().dataset.notePlaceholder : area().dataset.replyPlaceholder;
  }

  function grow() {
    area().style.height = "auto";
    area().style.height = `${area().scrollHeight + 2}px`;
  }

  function write(kind) {
    const choice = $(`input[name="mode"][value="${kind}"]`);
    if (!choice) return;
    choice.checked = true;
    tellMode();
    area().focus();
  }

  document.addEventListener("input", (event) => {
    if (event.target.name === "mode") tellMode();
    if (event.target !== area()) return;
    grow();
    keepDraft();
    offerMacros(event);
    if (mode() === "reply" && Date.now() - typedAt > 4000) {
      typedAt = Date.now();
      api(`/api/v1/tickets/${number()}/typing`, { method: "POST" }).catch(() => null);
    }
  });

  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    send();
  });

  async function send() {
    const text = area().value.trim();
    if (!text || form().dataset.busy) return area().focus();
    const ticket = number();
    const note = mode() === "note";
    const status = note ? null : new FormData(form()).get("status") || null;
    const button = $("[data-submit-message]");
    form().dataset.busy = "yes";
    button.setAttribute("aria-busy", "true");
    try {
      const sent = await api(`/api/v1/tickets/${ticket}/messages`, {
        method: "POST", body: { text, note, client_id: messageId, undo_seconds: note ? 0 : UNDO_SECONDS, status },
      });
      messageId = newId();
      if (ticket === number()) emptyComposer();
      localStorage.removeItem(`askdesk-draft-${ticket}`);
      if (note) toast(words.noted);
      else toast(words.sent, { undo: () => withdraw(ticket, sent.id, text), seconds: UNDO_SECONDS });
    } catch (error) {
      failed(error);
    } finally {
      if (form()) delete form().dataset.busy;
      button.removeAttribute("aria-busy");
    }
    const scroll = $("#ticket-scroll");
    scroll.scrollTop = scroll.scrollHeight;
    refresh(0);
  }

  function emptyComposer() {
    area().value = "";
    form().elements.status.value = "";
    grow();
    area().focus();
  }

  async function withdraw(ticket, id, text) {
    await api(`/api/v1/tickets/${ticket}/messages/${id}`, { method: "DELETE" });
    if (ticket === number()) {
      area().value = area().value ? `${text}\n\n${area().value}` : text;
      grow();
      keepDraft();
      area().focus();
    } else {
      localStorage.setItem(`askdesk-draft-${ticket}`, text);
    }
    refresh(0);
  }

  // The assistant's draft goes into the reply box, below what is there already: sending it stays an agent's act.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-use]");
    if (!button) return;
    write("reply");
    const before = area().value.trimEnd();
    area().value = before ? `${before}\n\n${button.dataset.use}` : button.dataset.use;
    grow();
    keepDraft();
    area().focus();
    area().setSelectionRange(area().value.length, area().value.length);
  });

  // Canned replies: "/" where a word begins, or the button --------------------------------------------------------------

  let slash = -1;
  const menu = () => $("#macro-list");

  function offerMacros(event) {
    if (event.isComposing) return;
    const before = area().value.slice(0, area().selectionStart);
    const found = /(?:^|\s)[/、]([^\s/]*)$/.exec(before);
    if (!found) return closeMacros();
    slash = before.length - found[1].length - 1;
    showMacros(found[1]);
  }

  function showMacros(text = "") {
    const wanted = text.toLowerCase();
    const fitting = macros.filter((one) => `${one.title} ${one.text}`.toLowerCase().includes(wanted));
    if (!fitting.length) return closeMacros();
    menu().replaceChildren(...fitting.map((one, index) => element("div", {
      class: "composer__macro", role: "option", id: `macro-${one.id}`, "aria-selected": String(index === 0),
      onpointerdown: (event) => { event.preventDefault(); insert(one); },
    }, element("strong", {}, one.title), element("span", { class: "quiet" }, one.text))));
    menu().hidden = false;
    area().setAttribute("aria-activedescendant", `macro-${fitting[0].id}`);
    area().setAttribute("aria-controls", "macro-list");
    $("[data-macros]").setAttribute("aria-expanded", "true");
  }

  function closeMacros() {
    slash = -1;
    if (!menu() || menu().hidden) return;
    menu().hidden = true;
    area().removeAttribute("aria-activedescendant");
    $("[data-macros]").setAttribute("aria-expanded", "false");
  }

  function insert(macro) {
    const text = macro.text.replaceAll("{customer}", pane().dataset.customer || "").replaceAll("{agent}", desk.dataset.name);
    const from = slash >= 0 ? slash : area().selectionStart;
    area().setRangeText(text, from, area().selectionStart, "end");
    closeMacros();
    grow();
    keepDraft();
    area().focus();
  }

  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.target !== area() || menu().hidden) return;
    const options = $$('[role="option"]', menu());
    const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const to = options.at((at + step) % options.length);
      options[at].setAttribute("aria-selected", "false");
      to.setAttribute("aria-selected", "true");
      to.scrollIntoView({ block: "nearest" });
      area().setAttribute("aria-activedescendant", to.id);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      insert(macros.find((one) => `macro-${one.id}` === options[at].id));
    } else if (event.key === "Escape") {
      event.preventDefault();
      closeMacros();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-macros]")) {
      if (menu().hidden) {
        area().focus();
        slash = -1;
        showMacros();
      } else closeMacros();
    } else if (!event.target.closest("#composer")) closeMacros();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || composing(event) || event.defaultPrevented) return;
    if (event.target === area()) area().blur();
    toggleDetails(false);
  });

  // Keys -----------------------------------------------------------------------------------------------------------

  const withTicket = (run) => () => number() && run();
  shortcut("r", words.reply, withTicket(() => write("reply")));
  shortcut("n", words.note, withTicket(() => write("note")));
  shortcut("e", words.solve, withTicket(solve));
  shortcut("a", words.assign, withTicket(acts.assign));
  shortcut("ctrl+enter", words.send, () => form()?.contains(document.activeElement) && form().requestSubmit());

  prepareTicket();
  follow();

  // The desk's other pages -------------------------------------------------------------------------------------------

  function forms() {
    const { api, toast } = window.AskdeskPage;
    const attempt = async (run) => {
      try {
        await run();
      } catch (error) {
        toast(error.message, { failure: true });
      }
    };
    document.addEventListener("submit", (event) => {
      const macro = event.target.closest("[data-macro]");
      if (!macro) return;
      event.preventDefault();
      const { title, text, locale } = Object.fromEntries(new FormData(macro));
      const id = macro.dataset.macro;
      attempt(async () => {
        await api(`/api/v1/macros${id ? `/${id}` : ""}`, { method: id ? "PUT" : "POST", body: { title, text, locale } });
        location.reload();
      });
    });
    document.addEventListener("click", (event) => {
      const drop = event.target.closest("[data-drop-macro]");
      const takeover = event.target.closest("[data-takeover]");
      if (drop) attempt(async () => {
        await api(`/api/v1/macros/${drop.dataset.dropMacro}`, { method: "DELETE" });
        location.reload();
      });
      if (takeover) attempt(async () => {
        const { ticket } = await api(`/api/v1/conversations/${takeover.dataset.takeover}/takeover`, { method: "POST" });
        location.assign(`/desk/tickets/${ticket}`);
      });
    });
  }
})();

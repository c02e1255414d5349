// Behaviour of the components on every page: menus, tabs, dialogs, toasts, the command palette, keyboard shortcuts,
// relative times, theme and language. Pages use window.AskdeskPage; nothing here knows a page.

(() => {
  "use strict";

  const words = document.getElementById("words")?.dataset ?? {};
  const locale = { "zh-Hans": "zh-CN", "zh-Hant": "zh-TW" }[document.documentElement.lang] ?? "en-GB";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  /** An element with attributes and children; `on…` properties become listeners. */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }

  /** Whether an input method is composing: then Enter and single keys belong to it (229 is what older ones send). */
  const composing = (event) => event.isComposing || event.keyCode === 229;

  // Requests ------------------------------------------------------------------------------------------------------

  /** fetch with the CSRF header; answers the parsed JSON, or throws an Error whose message a person can read. */
  async function api(path, { method = "GET", body, headers = {}, ...rest } = {}) {
    const token = $('meta[name="csrf-token"]')?.content;
    // What goes wrong is said in the language of the page, whatever the browser prefers.
    const send = { Accept: "application/json", "Accept-Language": document.documentElement.lang, ...headers };
    if (token && method !== "GET") send["X-CSRF-Token"] = token;
    let payload = body;
    if (body && !(body instanceof FormData) && typeof body !== "string") {
      send["Content-Type"] = "application/json";
      payload = JSON.stringify(body);
    }
    let response;
    try {
      response = await fetch(path, { method, headers: send, body: payload, credentials: "same-origin", ...rest });
    } catch {
      throw new Error(words.offline);
    }
    const data = await response.json().catch(() => null);
    if (response.ok) return data;
    throw Object.assign(new Error(data?.error?.message ?? words.failed), {
      status: response.status,
      code: data?.error?.code,
      details: data?.error?.details,
    });
  }

  // Toasts --------------------------------------------------------------------------------------------------------

  /** Says `text` at the lower left; `undo` (a function) offers to take it back. A failure stays until dismissed. */
  function toast(text, { undo, failure = false, seconds = undo ? 8 : 5 } = {}) {
    const made = element("div", { class: `toast${failure ? " toast--failure" : ""}`, "data-toast": true },
      element("span", { class: "toast__text" }, text));
    if (undo) {
      const take = async () => {
        made.remove();
        try {
          await undo();
          toast(words.undone);
        } catch (error) {
          toast(error.message, { failure: true });
        }
      };
      made.append(element("button", { class: "button button--small toast__undo", type: "button", onclick: take }, words.undo));
    }
    made.append(element("button", { class: "button button--small button--icon", type: "button", "data-dismiss": true,
      "aria-label": words.dismiss }, "×"));
    $("#toasts").append(made);
    if (!failure) fade(made, seconds);
    return made;
  }

  /** Removes a toast after a while, but never while the pointer or the focus is on it. */
  function fade(made, seconds) {
    setTimeout(() => (made.matches(":hover, :focus-within") ? fade(made, 2) : made.remove()), seconds * 1000);
  }

  // One that came with the page goes as well, before it hides what lies under it for long.
  for (const told of $$("#toasts [data-toast]:not(.toast--failure)")) fade(told, $("[data-undo-url]", told) ? 8 : 5);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-dismiss], [data-undo-url]");
    if (!button) return;
    const address = button.dataset.undoUrl;
    button.closest("[data-toast]").remove();
    if (!address) return;
    try {
      await api(address, { method: "POST" });
      location.reload();
    } catch (error) {
      toast(error.message, { failure: true });
    }
  });

  // Menus ---------------------------------------------------------------------------------------------------------

  function place(list, button) {
    const at = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = list;
    const below = at.bottom + 4 + height <= innerHeight || at.top < height;
    list.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    list.style.top = `${below ? at.bottom + 4 : at.top - height - 4}px`;
  }

  function openMenu(menu) {
    const list = $(".menu__list", menu);
    list.showPopover();
    place(list, $("button", menu));
    $(".menu__item", list)?.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-menu] > button");
    if (button && !button.dataset.wasOpen) openMenu(button.parentElement);
    const item = event.target.closest(".menu__item");
    if (item) item.closest(".menu__list").hidePopover();
  });

  // A light dismiss closes the menu on pointerdown, so that the click which follows would open it again.
  document.addEventListener("pointerdown", (event) => {
    const button = event.target.closest("[data-menu] > button");
    if (button) button.dataset.wasOpen = button.getAttribute("aria-expanded") === "true" ? "yes" : "";
  }, true);

  document.addEventListener("toggle", (event) => {
    const menu = event.target.closest?.("[data-menu]");
    if (!menu) return;
    const button = $("button", menu);
    button.setAttribute("aria-expanded", event.newState === "open");
    if (event.newState === "closed") {
      button.dataset.wasOpen = "";
      if (menu.contains(document.activeElement) || document.activeElement === document.body) button.focus();
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    const list = event.target.closest?.(".menu__list");
    if (!list || composing(event)) return;
    const items = $$(".menu__item", list);
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length).focus();
    } else if (event.key === "Tab") {
      list.hidePopover();
    } else if (event.key.length === 1) {
      items.find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    }
  });

  // Tabs ----------------------------------------------------------------------------------------------------------

  function select(tab) {
    for (const other of $$('[role="tab"]', tab.parentElement)) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", chosen);
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    }
  }

  document.addEventListener("click", (event) => {
    const tab = event.target.closest('[data-tabs] [role="tab"]');
    if (tab) select(tab);
  });

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.('[data-tabs] [role="tab"]');
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step || composing(event)) return;
    const tabs = $$('[role="tab"]', tab.parentElement);
    const next = tabs.at((tabs.indexOf(tab) + step) % tabs.length);
    select(next);
    next.focus();
  });

  // Dialogs -------------------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]:not(.pane)");
    if (opener?.dataset.open) document.getElementById(opener.dataset.open)?.showModal();
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target.matches?.("dialog")) closeOutside(event);
  });

  function closeOutside(event) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }

  // Keyboard shortcuts --------------------------------------------------------------------------------------------

  const shortcuts = new Map();
  let prefix = "";
  let prefixTimer;

  /** Registers keys such as "e", "g t" or "ctrl+enter"; they do nothing while someone types, unless they hold Ctrl. */
  function shortcut(keys, label, run) {
    shortcuts.set(keys, { label, run });
  }

  const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable='true']");

  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.defaultPrevented || event.altKey) return;
    const control = event.ctrlKey || event.metaKey;
    if (!control && (typing(event.target) || document.querySelector("dialog[open]"))) return;
    const key = (control ? "ctrl+" : "") + event.key.toLowerCase();
    const found = shortcuts.get(prefix ? `${prefix} ${key}` : key);
    clearTimeout(prefixTimer);
    if (found) {
      event.preventDefault();
      prefix = "";
      found.run(event);
    } else {
      prefix = [...shortcuts.keys()].some((keys) => keys.startsWith(`${key} `)) ? key : "";
      prefixTimer = setTimeout(() => (prefix = ""), 1200);
    }
  });

  function listShortcuts() {
    document.getElementById("shortcuts")?.remove();
    const list = element("dl", { class: "shortcuts" });
    for (const [keys, { label }] of shortcuts) {
      const caps = keys.split(/[ +]/).map((key) => element("kbd", {}, key.length > 1 ? key[0].toUpperCase() + key.slice(1) : key));
      list.append(element("dt", {}, label), element("dd", {}, ...caps));
    }
    const close = element("button", { class: "button button--quiet button--icon button--small", type: "button", "aria-label": words.close, "data-close": true }, "×");
    const dialog = element("dialog", { class: "dialog", id: "shortcuts", "aria-label": words.shortcuts },
      element("div", { class: "dialog__head" }, element("h2", {}, words.shortcuts), close), list);
    document.body.append(dialog);
    dialog.showModal();
  }

  /** Moves through the links of the page's `data-list`, as j and k do. */
  function move(step) {
    const links = $$("[data-list] .list__title");
    if (!links.length) return;
    const current = links.findIndex((link) => link === document.activeElement || link.closest("[aria-current]"));
    const at = links.indexOf(document.activeElement) >= 0 ? links.indexOf(document.activeElement) : current;
    links[Math.max(0, Math.min(links.length - 1, at + step))].focus();
  }

  shortcut("?", words.list, listShortcuts);
  shortcut("/", words.search, () => $("[data-search], input[type=search]")?.focus());
  if ($("[data-list]")) {
    shortcut("j", words.next, () => move(1));
    shortcut("k", words.previous, () => move(-1));
  }
  for (const link of $$("[data-shortcut]")) shortcut(link.dataset.shortcut, link.textContent.trim(), () => link.click());

  // Command palette -----------------------------------------------------------------------------------------------

  const palette = document.getElementById("palette");
  if (palette) preparePalette(palette);

  function preparePalette(dialog) {
    const input = $("input", dialog);
    const list = $('[role="listbox"]', dialog);
    const fixed = $$('[role="option"]', list);
    let found = [];
    let asked = 0;

    const visible = () => $$('[role="option"]:not([hidden])', list);
    const mark = (option) => {
      for (const other of $$('[aria-selected="true"]', list)) other.setAttribute("aria-selected", "false");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    };
    const option = (item, index) => element("div", { class: "palette__option", role: "option", id: `palette-found-${index}`,
      "aria-selected": "false", "data-href": item.href }, item.label, element("span", { class: "palette__group" }, item.group ?? ""));

    async function search(text) {
      const mine = ++asked;
      const items = text && dialog.dataset.searchUrl
        ? (await api(`${dialog.dataset.searchUrl}?q=${encodeURIComponent(text)}`).catch(() => null))?.items ?? []
        : [];
      if (mine !== asked) return;
      found.forEach((old) => old.remove());
      found = items.map(option);
      list.append(...found);
      $(".palette__nothing", dialog)?.remove();
      if (!visible().length) list.append(element("p", { class: "palette__option palette__nothing quiet" }, words.nothing));
      mark(visible()[0]);
    }

    input.addEventListener("input", (event) => {
      const text = input.value.trim().toLowerCase();
      for (const one of fixed) one.hidden = !one.textContent.toLowerCase().includes(text);
      mark(visible()[0]);
      if (!event.isComposing) search(text);
    });
    input.addEventListener("compositionend", () => search(input.value.trim().toLowerCase()));
    input.addEventListener("keydown", (event) => {
      if (composing(event)) return;
      const options = visible();
      const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark(options.at((at + (event.key === "ArrowDown" ? 1 : -1)) % options.length));
      } else if (event.key === "Enter" && options[at]) {
        event.preventDefault();
        choose(options[at]);
      }
    });
    list.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-href], [data-keys]");
      if (chosen) choose(chosen);
    });

    function choose(chosen) {
      dialog.close();
      if (chosen.dataset.keys) shortcuts.get(chosen.dataset.keys).run();
      else location.assign(chosen.dataset.href);
    }

    shortcut("ctrl+k", words.palette, () => {
      for (const [keys, { label }] of shortcuts) {
        if ($(`[data-keys="${CSS.escape(keys)}"]`, list) || ["ctrl+k", "j", "k"].includes(keys)) continue;
        const made = element("div", { class: "palette__option", role: "option", "aria-selected": "false", id: `palette-key-${fixed.length}`, "data-keys": keys },
          label, element("span", { class: "palette__group" }, element("kbd", {}, keys)));
        if (fixed.some((one) => one.firstChild.textContent.trim() === label)) continue;
        fixed.push(made);
        list.append(made);
      }
      input.value = "";
      input.dispatchEvent(new Event("input"));
      dialog.showModal();
      input.focus();
    });
  }

  // Times ---------------------------------------------------------------------------------------------------------

  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const shortly = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const units = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];

  function ago(date, format) {
    const seconds = (date - Date.now()) / 1000;
    const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
    return format.format(unit === "second" ? 0 : Math.round(seconds / size), unit);
  }

  function tellTimes(root = document) {
    for (const time of $$("time[data-relative]", root)) {
      const date = new Date(time.dateTime);
      time.textContent = ago(date, time.dataset.relative === "short" ? shortly : relative);
      time.title = exact.format(date);
    }
  }

  tellTimes();
  setInterval(tellTimes, 30000);

  // Live changes: a quiet "3 new", never a jump --------------------------------------------------------------------

  /** Adds `count` to the page's "n new" button; a click on it calls `load` (by default: loads the page again). */
  function news(count, { button = $("[data-news]"), load = () => location.reload() } = {}) {
    if (!button) return;
    const total = Number(button.dataset.count ?? 0) + count;
    button.dataset.count = total;
    button.textContent = total === 1 ? words.newsOne : words.newsMany.replace("{n}", total);
    button.hidden = false;
    button.onclick = () => {
      button.hidden = true;
      button.dataset.count = 0;
      load();
    };
  }

  // Theme, sign-out, forms ----------------------------------------------------------------------------------------

  document.addEventListener("click", async (event) => {
    const theme = event.target.closest("[data-set-theme]");
    if (theme) setTheme(theme);
    if (event.target.closest("[data-show-shortcuts]")) listShortcuts();
    if (event.target.closest("[data-sign-out]")) {
      await api("/api/v1/auth/logout", { method: "POST" }).catch(() => null);
      location.assign("/login");
    }
  });

  function setTheme(item) {
    const theme = item.dataset.setTheme;
    document.cookie = `askdesk_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const other of $$("[data-set-theme]")) other.setAttribute("aria-checked", other.dataset.setTheme === theme);
    const widget = $("askdesk-widget");
    if (theme) widget?.setAttribute("data-theme", theme);
    else widget?.removeAttribute("data-theme");
  }

  // A form marked data-busy-on-submit shows that it works and cannot be sent twice.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!event.target.matches("[data-busy-on-submit]") || !button) return;
    button.setAttribute("aria-busy", "true");
    setTimeout(() => (button.disabled = true));
  });

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const button of $$('[aria-busy="true"]:disabled')) button.removeAttribute("aria-busy"), (button.disabled = false);
  });

  // Ctrl+Enter sends the form that is being written in.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || composing(event)) return;
    const form = event.target.closest?.("form[data-send]");
    if (form) form.requestSubmit();
  });

  // "Was this helpful?" on an article: quiet, in place. The form posts JSON {helpful, comment?} to its action.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-helpful]");
    if (!button) return;
    const form = button.closest("form");
    event.preventDefault();
    const helpful = button.dataset.helpful === "yes";
    const comment = form.elements.comment?.value.trim();
    try {
      await api(form.action, { method: "POST", body: comment ? { helpful, comment } : { helpful } });
      $("[data-question]", form)?.setAttribute("hidden", "");
      $("[data-more]", form).hidden = helpful || Boolean(comment);
      $("[data-thanks]", form).hidden = !helpful && !comment;
    } catch (error) {
      toast(error.message, { failure: true });
    }
  });

  // "Ask the assistant": opens the widget in place, with the words typed so far.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ask]");
    if (!button || !window.Askdesk) return;
    event.preventDefault();
    if (button.dataset.ask) window.Askdesk.ask(button.dataset.ask);
    else window.Askdesk.open();
  });

  // The help centre searches while one types. The form does the same without a script.
  const sought = $("form.search [data-search]");
  if (sought && $("[data-results]")) searchWhileTyping(sought);

  function searchWhileTyping(input) {
    const [found, results, browse] = ["[data-found]", "[data-results]", "[data-browse]"].map((one) => $(one));
    const links = () => $$(".result__title a", results);
    let [timer, asked, running] = [0, input.value.trim(), null];

    function show(count, content) {
      found.textContent = count;
      results.replaceChildren(...content);
      if (browse) browse.hidden = content.length > 0;
    }

    /** The address of a search, in the language that this page was asked for. */
    function address(query) {
      const parameters = new URLSearchParams(query ? { q: query } : {});
      const lang = new URLSearchParams(location.search).get("lang");
      if (lang) parameters.set("lang", lang);
      return parameters;
    }

    async function search() {
      const query = input.value.trim();
      if (query === asked) return;
      asked = query;
      running?.abort();
      const parameters = address(query);
      history.replaceState(null, "", [input.form.action, parameters].filter(String).join("?"));
      if (!query) return show("", []);
      parameters.set("part", "results");
      running = new AbortController();
      const slow = setTimeout(() => results.setAttribute("aria-busy", "true"), 300);
      try {
        const response = await fetch(`${input.form.action}?${parameters}`, { signal: running.signal });
        if (!response.ok || query !== asked) return;
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        if (query === asked) show($("[data-found]", page).textContent, [...$("[data-results]", page).children]);
      } catch {
        // No connection, or a newer word: what is there stays, and Enter asks again.
      } finally {
        clearTimeout(slow);
        if (query === asked) results.removeAttribute("aria-busy");
      }
    }

    const later = (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(search, 250);
    };
    input.addEventListener("input", later);
    input.addEventListener("compositionend", later);

    const walk = (event) => {
      if (composing(event)) return;
      const every = [input, ...links()];
      const at = every.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key] ?? (event.key === "Escape" && at > 0 ? 0 : undefined);
      if (at < 0 || to === undefined || !every[to]) return;
      event.preventDefault();
      every[to].focus();
    };
    input.addEventListener("keydown", walk);
    results.addEventListener("keydown", walk);
  }

  // While articles are being prepared, the page tells how far that is.
  const preparing = $("[data-preparing]");
  if (preparing) followPreparation(preparing);

  async function followPreparation(notice) {
    const bar = $("progress", notice);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const state = await fetch("/readyz").then((response) => response.json()).then(({ parts }) => parts.articles).catch(() => "");
      if (state === "ok") break;
      bar.value = Number(/\d+/.exec(state)?.[0] ?? bar.value);
    }
    bar.remove();
    $("p", notice).textContent = notice.dataset.ready;
  }

  // The table of contents says where the reader is.
  const contents = $$('.article__toc a[href^="#"]').filter((link) => link.hash.length > 1);
  if (contents.length) {
    const headings = contents.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1)))).filter(Boolean);
    const tell = () => {
      const past = headings.filter((heading) => heading.getBoundingClientRect().top < 120).at(-1) ?? headings[0];
      for (const link of contents) {
        if (decodeURIComponent(link.hash.slice(1)) === past?.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    addEventListener("scroll", tell, { passive: true });
    tell();
  }

  window.AskdeskPage = { api, toast, shortcut, listShortcuts, news, tellTimes, element, composing, words, locale };
})();

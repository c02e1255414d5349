// The admin's pages: previews of what is not saved yet, copying, rows of hours, and what a slow test is waiting for.
// Every form works without this; nothing here stores anything.

(() => {
  "use strict";

  const { api, toast, words, locale } = window.AskdeskPage;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const fill = (text, values) => Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, value), text);
  const show = (...elements) => elements.forEach((element) => element && (element.hidden = false));

  /** Calls `run` once the calls have stopped for a moment. */
  function settled(run, milliseconds = 250) {
    let timer;
    return (...values) => {
      clearTimeout(timer);
      timer = setTimeout(() => run(...values), milliseconds);
    };
  }

  // Copying -------------------------------------------------------------------------------------------------------

  for (const button of $$("[data-copy]")) {
    show(button);
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(text.textContent);
        toast(words.copied);
      } catch {
        // Only pages under https may write to the clipboard: the text is marked for the reader to copy.
        getSelection().selectAllChildren(text);
        text.focus();
      }
    });
  }

  $("[data-secret]")?.focus();

  // Asking once ---------------------------------------------------------------------------------------------------

  for (const question of $$(".ask-once")) {
    const close = $("[data-ask-close]", question);
    show(close);
    close.addEventListener("click", () => {
      question.open = false;
      $("summary", question).focus();
    });
    question.addEventListener("toggle", () => question.open && $("button", question).focus());
  }

  // Not saved yet -------------------------------------------------------------------------------------------------

  for (const form of $$("[data-settings]")) {
    const told = $("[data-unsaved]", form);
    let sending = false;
    const changed = () => (told.textContent = told.dataset.text);
    form.addEventListener("input", changed);
    form.addEventListener("settings-changed", changed);
    form.addEventListener("submit", () => (sending = true));
    addEventListener("beforeunload", (event) => {
      if (told.textContent && !sending) event.preventDefault();
    });
  }

  const touched = (element) => element.closest("form").dispatchEvent(new Event("settings-changed"));

  // A test may take long: say what it waits for ---------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.matches("[data-test]")) return;
    const told = $("[data-unsaved]", event.target);
    const began = Date.now();
    const most = number.format(Number(button.dataset.most));
    const tell = () => (told.textContent = fill(button.dataset.waiting, { n: Math.round((Date.now() - began) / 1000), most }));
    setTimeout(tell, 300);
    setInterval(tell, 1000);
  });

  // Look ------------------------------------------------------------------------------------------------------------

  const previews = $("[data-previews]");
  if (previews) prepareLook();

  function prepareLook() {
    const accent = $('[data-preview="accent"]');
    const pick = $("[data-colour-pick]");
    const told = $("[data-contrast]");
    const each = (part, change) => $$(`[data-show="${part}"]`).forEach(change);

    const paint = settled(async (colour) => {
      const report = await api(`/admin/look/accent?colour=${encodeURIComponent(colour)}`).catch(() => null);
      if (!report || accent.value.toLowerCase() !== colour.toLowerCase()) return;
      for (const ground of ["light", "dark"]) {
        const card = $(`[data-ground="${ground}"]`, previews);
        for (const [name, value] of Object.entries(report[ground])) card.style.setProperty(`--${name}`, value);
      }
      told.textContent = fill(report.moved ? told.dataset.moved : told.dataset.reads, { colour: report.light.accent, ratio: number.format(report.contrast) });
    }, 80);

    const chosen = (colour) => {
      if (!/^#[0-9a-f]{6}$/i.test(colour)) return;
      pick.value = colour;
      paint(colour);
    };
    if (!accent.disabled) show(pick);
    pick.addEventListener("input", () => {
      accent.value = pick.value;
      chosen(pick.value);
    });
    accent.addEventListener("input", () => chosen(accent.value.trim()));
    chosen(accent.value);

    $('[data-preview="name"]').addEventListener("input", (event) => {
      const name = event.target.value.trim();
      each("name", (element) => (element.textContent = name));
      each("initial", (element) => (element.textContent = name[0] ?? ""));
    });
    $('[data-preview="greeting"]')?.addEventListener("input", (event) => each("greeting", (element) => (element.textContent = event.target.value)));

    // The file chosen wins over "remove", as it does when it is sent.
    const file = $('[data-preview="logo"]');
    const none = $('[data-preview="no-logo"]');
    const stored = $('[data-show="logo"]').getAttribute("src");
    let chosenLogo = "";
    const showLogo = () => {
      const src = chosenLogo || (none?.checked ? "" : stored);
      each("initial", (element) => (element.hidden = Boolean(src)));
      each("logo", (element) => {
        if (src) element.src = src;
        element.hidden = !src;
      });
    };
    none?.addEventListener("change", showLogo);
    file.addEventListener("change", () => {
      chosenLogo = "";
      if (!file.files.length) return showLogo();
      const reader = new FileReader();
      reader.addEventListener("load", () => {
        chosenLogo = reader.result;
        showLogo();
      });
      reader.readAsDataURL(file.files[0]);
    });
  }

  // Hours -----------------------------------------------------------------------------------------------------------

  const week = $("[data-week]");
  if (week) prepareHours();

  function prepareHours() {
    const form = week.closest("form");
    const told = $("[data-promise]");
    const filled = (stretch) => $$("input", stretch).some((input) => input.value);

    const tidy = (day) => {
      const stretches = $$("[data-stretch]", day);
      for (const stretch of stretches) {
        if (stretch.hasAttribute("data-spare")) stretch.hidden = !filled(stretch) && !stretch.contains(document.activeElement);
        show($("[data-remove-stretch]", stretch));
      }
      $("[data-closed]", day).hidden = stretches.some((stretch) => !stretch.hidden);
    };

    const preview = settled(async () => {
      const body = new FormData(form);
      const promise = await api("/admin/hours/preview", { method: "POST", body }).catch(() => null);
      if (!promise) return;
      const said = promise.by ? (promise.open ? told.dataset.open : told.dataset.shut) : told.dataset.none;
      $("[data-promise-text]", told).textContent = fill(said, promise);
    });

    const add = (day, opens = "", closes = "") => {
      const spare = $$("[data-spare]", day).at(-1);
      const made = spare.cloneNode(true);
      spare.removeAttribute("data-spare");
      spare.hidden = false;
      spare.after(made);
      [...$$("input", made)].forEach((input) => (input.value = ""));
      const [from, until] = $$("input", spare);
      [from.value, until.value] = [opens, closes];
      tidy(day);
      return from;
    };

    const clear = (day) => $$("[data-stretch]:not([data-spare])", day).forEach((stretch) => stretch.remove());

    for (const day of $$("[data-day]", week)) {
      show($("[data-day-acts]", day));
      tidy(day);
    }
    const mode = () => {
      week.hidden = form.elements.mode.value === "always";
    };
    mode();

    week.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const day = event.target.closest("[data-day]");
      if (!button || !day) return;
      if (button.matches("[data-add-stretch]")) {
        const last = $$("[data-stretch]:not([data-spare]) input", day).at(-1);
        add(day, last ? "" : "09:00", last ? "" : "17:00").focus();
      } else if (button.matches("[data-remove-stretch]")) {
        button.closest("[data-stretch]").remove();
        tidy(day);
        $("[data-add-stretch]", day).focus();
      } else if (button.matches("[data-same]")) {
        const pairs = $$("[data-stretch]:not([data-spare])", day).map((stretch) => $$("input", stretch).map((input) => input.value));
        for (const other of $$("[data-day]", week).slice(1, 5)) {
          clear(other);
          pairs.forEach(([opens, closes]) => add(other, opens, closes));
          tidy(other);
        }
      } else return;
      touched(week);
      preview();
    });
    form.addEventListener("input", () => {
      mode();
      preview();
    });

    const dates = $("[data-holidays]");
    if (!dates.disabled) show($("[data-holiday-add]"));
    $("[data-add-holiday]").addEventListener("click", () => {
      const date = $("#holiday-date").value;
      const lines = dates.value.split(/\s+/).filter(Boolean);
      if (!date || lines.includes(date)) return;
      dates.value = [...lines, date].sort().join("\n");
      $("#holiday-date").value = "";
      touched(dates);
      preview();
    });
  }

  // What applies only with a choice ---------------------------------------------------------------------------------

  const providers = $("[data-providers]");
  if (providers) {
    const tell = () => {
      const chosen = providers.querySelector(":checked").value;
      $("[data-with-model]").hidden = !chosen;
      $("[data-test]").hidden = !chosen;
      for (const line of $$("[data-leaves]")) line.hidden = !line.dataset.leaves.split(" ").includes(chosen);
    };
    providers.addEventListener("input", tell);
    tell();
  }

  const keep = $("[data-keep]");
  if (keep) {
    const tell = () => ($("[data-days]").hidden = keep.querySelector(":checked").value === "forever");
    keep.addEventListener("input", tell);
    tell();
  }

  // Roll-out: rows that are added, moved and removed -------------------------------------------------------------------

  for (const rows of $$("[data-rules], [data-topics]")) prepareRows(rows);
  for (const select of $$("[data-mode-of]")) tellShare(select);
  document.addEventListener("input", (event) => event.target.matches("[data-mode-of]") && tellShare(event.target));
  $("[data-attempt]")?.focus();

  /** The percentage matters to a share only. */
  function tellShare(select) {
    $("[data-share]", select.closest(".rule__row")).hidden = select.value !== "share";
  }

  function prepareRows(rows) {
    const spare = $("[data-spare]", rows);
    const blank = spare.cloneNode(true);
    const add = rows.parentElement.querySelector("[data-add-rule]");
    let made = 0;
    spare.remove();
    show(add.parentElement);

    const tidy = () => {
      const all = [...rows.children];
      all.forEach((row, index) => {
        show($("[data-rule-acts]", row));
        if (rows.dataset.name) $("legend", row).textContent = fill(rows.dataset.name, { number: index + 1 });
        const [up, down] = [$("[data-rule-up]", row), $("[data-rule-down]", row)];
        if (up) [up.disabled, down.disabled] = [index === 0, index === all.length - 1];
      });
    };

    // Labels point to their fields by id, and a copy needs its own.
    const fresh = () => {
      const row = blank.cloneNode(true);
      made += 1;
      for (const name of ["id", "for", "aria-describedby"]) {
        for (const element of $$(`[${name}]`, row)) element.setAttribute(name, `new-${made}-${element.getAttribute(name)}`);
      }
      row.removeAttribute("data-spare");
      const mode = $("[data-mode-of]", row);
      if (mode) {
        mode.options[0].remove();
        tellShare(mode);
      }
      return row;
    };

    add.addEventListener("click", () => {
      const row = fresh();
      rows.append(row);
      tidy();
      touched(rows);
      $("select, input", row).focus();
    });

    rows.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const row = button?.closest("li");
      if (!row) return;
      if (button.matches("[data-rule-up]")) row.previousElementSibling.before(row);
      else if (button.matches("[data-rule-down]")) row.nextElementSibling.after(row);
      else if (button.matches("[data-rule-remove]")) row.remove();
      else return;
      tidy();
      touched(rows);
      (row.isConnected && !button.disabled ? button : add).focus();
    });

    // With buttons that remove, the option for it is one too many.
    for (const mode of $$("[data-mode-of]", rows)) mode.options[0].remove();
    tidy();
  }

  // Filters -----------------------------------------------------------------------------------------------------------

  for (const select of $$("[data-submit]")) select.addEventListener("change", () => select.form.requestSubmit());
  $$("[data-submit-button]").forEach((button) => (button.hidden = true));

  // On a phone the parts stand in a row: bring the current one into sight.
  $(".admin__tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
})();

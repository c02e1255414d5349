// The error budget: what each one would give while one moves the slider, and setting it.

(() => {
  "use strict";

  const { api, toast, locale } = window.AskdeskPage;
  const page = document.querySelector("[data-certainty]");
  if (!page) return;
  const $ = (selector) => page.querySelector(selector);
  const budgets = JSON.parse(page.dataset.budgets);
  const balanced = JSON.parse(page.dataset.even);
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const of100 = (share) => number.format(Math.round(share * 100));
  const form = $("[data-set]");
  const range = $("#budget-range");
  const even = form.elements.balanced;
  const save = form.querySelector("button");
  const spot = $("[data-spot]");
  let version = Number(page.dataset.version);
  let now = share();

  /** The budget chosen, 0 for none. */
  function share() {
    return even.checked ? 0 : Number(range.value) / 100;
  }

  function named(budget) {
    return budget ? percent.format(budget) : page.dataset.word;
  }

  function tell() {
    const chosen = share();
    const point = chosen ? (budgets.findLast(({ budget }) => budget <= chosen + 1e-9) ?? budgets[0]) : balanced;
    const { answered, misplaced, wrong } = point;
    const values = { answered: of100(answered), misplaced: of100(misplaced), rest: number.format(100 - Math.round(answered * 100) - Math.round(misplaced * 100)), wrong: of100(wrong) };
    $("[data-say]").textContent = page.dataset.told.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
    $("[data-chosen]").textContent = percent.format(Number(range.value) / 100);
    range.setAttribute("aria-valuetext", $("[data-chosen]").textContent);
    range.disabled = even.checked;
    const x = Math.min(100, (100 * wrong) / Number(page.dataset.widest));
    spot?.setAttribute("d", chosen === now ? "" : `M${x.toFixed(2)} ${(100 - 100 * answered).toFixed(2)}h0.01`);
    save.disabled = chosen === now;
  }

  form.hidden = false;
  range.disabled = even.checked;
  form.addEventListener("input", tell);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.setAttribute("aria-busy", "true");
    try {
      const found = await api("/api/v1/certainty", { method: "PATCH", body: { error_budget: share(), version } });
      version = found.version;
      now = share();
      $("[data-now]").textContent = named(found.error_budget);
      tell();
      toast(page.dataset.saved.replace("{budget}", named(found.error_budget)));
    } catch (error) {
      toast(error.message, { failure: true });
    } finally {
      save.removeAttribute("aria-busy");
    }
  });
})();

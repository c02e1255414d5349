// The error budget: what each one would give while one moves the slider, and setting it.

(() => {
  "use strict";

  const { api, toast, locale } = window.AskdeskPage;
  const page = document.querySelector("[data-certainty]");
  if (!page) return;
  const $ = (selector) => page.querySelector(selector);
  const budgets = JSON.parse(page.dataset.budgets);
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const of100 = (share) => number.format(Math.round(share * 100));
  const form = $("[data-set]");
  const range = $("#budget-range");
  const save = form.querySelector("button");
  const spot = $("[data-spot]");
  let version = Number(page.dataset.version);
  let now = range.value;

  const chosen = () => budgets.findLast(({ budget }) => budget <= Number(range.value) / 100 + 1e-9) ?? budgets[0];

  function tell() {
    const { answered, misplaced, wrong } = chosen();
    const values = { answered: of100(answered), misplaced: of100(misplaced), rest: number.format(100 - Math.round(answered * 100) - Math.round(misplaced * 100)), wrong: of100(wrong) };
    $("[data-say]").textContent = page.dataset.told.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
    $("[data-chosen]").textContent = percent.format(Number(range.value) / 100);
    range.setAttribute("aria-valuetext", $("[data-chosen]").textContent);
    const x = Math.min(100, (100 * wrong) / Number(page.dataset.widest));
    spot?.setAttribute("d", range.value === now ? "" : `M${x.toFixed(2)} ${(100 - 100 * answered).toFixed(2)}h0.01`);
    save.disabled = range.value === now;
  }

  form.hidden = false;
  range.addEventListener("input", tell);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.setAttribute("aria-busy", "true");
    try {
      const share = Number(range.value) / 100;
      const found = await api("/api/v1/certainty", { method: "PATCH", body: { error_budget: share, version } });
      version = found.version;
      now = range.value;
      $("[data-now]").textContent = percent.format(found.error_budget);
      tell();
      toast(page.dataset.saved.replace("{budget}", percent.format(found.error_budget)));
    } catch (error) {
      toast(error.message, { failure: true });
    } finally {
      save.removeAttribute("aria-busy");
    }
  });
})();

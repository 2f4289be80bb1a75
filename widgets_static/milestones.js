// Tells screen readers when a milestone has been passed since.
(() => {
  const status = document.querySelector("[role=status]");

  self.renewing = (main) => {
    const next = main.querySelector("[role=status]");
    // No status in either page is no number, and no number is greater than none.
    if (!(next?.dataset.passed - status?.dataset.passed > 0)) return;
    status.dataset.passed = next.dataset.passed;
    status.textContent = next.dataset.say;
  };
})();

// Announces a milestone to screen readers when the number passes it.
(() => {
  const status = document.querySelector("[role=status]");

  self.renewing = (main) => {
    const next = main.querySelector("[role=status]");
    // If either page has no status, the comparison with NaN is false.
    if (!(next?.dataset.passed - status?.dataset.passed > 0)) return;
    status.dataset.passed = next.dataset.passed;
    status.textContent = next.dataset.say;
  };
})();

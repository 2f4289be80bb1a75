(() => {
  const told = document.querySelector("[data-copied]");

  const tell = (text) => {
    told.textContent = text;
    setTimeout(() => {
      told.textContent = "";
    }, 3000);
  };

  const copy = (button) => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    navigator.clipboard?.writeText(field.value).then(
      () => tell(told.dataset.copied),
      () => {},
    );
  };

  const addressOf = (form) => `/?${new URLSearchParams(new FormData(form))}`;

  const take = (bench, next) => {
    for (const name of ["data-snippet", "data-address"]) {
      bench.querySelector(`[${name}]`).value = next.querySelector(`[${name}]`).value;
    }
    const frame = bench.querySelector("iframe");
    const fresh = next.querySelector("iframe");
    if (frame.getAttribute("src") !== fresh.getAttribute("src")) frame.replaceWith(fresh);
    bench.querySelector("form").replaceWith(next.querySelector("form"));
  };

  const show = async (form) => {
    const bench = form.closest("section");
    const focused = document.activeElement.id;
    const answer = await fetch(addressOf(form));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.getElementById(bench.id);
    if (!next) return;
    take(bench, next);
    document.getElementById(focused)?.focus();
    history.replaceState(null, "", `${addressOf(form)}#${bench.id}`);
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.onclick = () => copy(button);
  }
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form) show(form).catch(() => {});
  });
})();

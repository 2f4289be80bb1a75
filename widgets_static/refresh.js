(() => {
  const main = document.querySelector("main");
  const pause = main.querySelector("[aria-pressed]");
  const HOUR = 3600000;
  let due = Infinity;
  let failures = 0;
  let busy;
  let paused;
  let alarm;

  // Never before the requested time, and spread so that not all readers refresh at once.
  const rest = () => {
    const every = main.dataset.every * 1000;
    const wait = Math.max(every, Math.min(every * 2 ** failures, HOUR));
    due = Math.min(due, Date.now() + wait * (1 + Math.random() / 10));
    wake();
  };

  const wake = () => {
    clearTimeout(alarm);
    if (busy || paused || document.hidden) return;
    alarm = setTimeout(renew, due - Date.now());
  };

  const renew = async () => {
    busy = true;
    due = Infinity;
    failures = await ask().then(
      () => 0,
      () => failures + 1,
    );
    busy = false;
    rest();
  };

  const ask = async () => {
    const answer = await fetch(location, { cache: "no-cache", credentials: "omit" });
    if (!answer.ok) throw answer;
    const text = await answer.text();
    if (!paused) show(new DOMParser().parseFromString(text, "text/html").querySelector("main"));
  };

  const show = (next) => {
    self.renewing?.(next);
    const fresh = next.querySelectorAll("[data-live]");
    const now = main.querySelectorAll("[data-live]");
    if (fresh.length !== now.length) return location.reload();
    main.dataset.every = next.dataset.every;
    now.forEach((part, index) => {
      if (!part.isEqualNode(fresh[index])) part.replaceWith(fresh[index]);
    });
  };

  pause.hidden = false;
  pause.onclick = () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", paused);
    wake();
  };
  document.addEventListener("visibilitychange", wake);
  self.renewNow = () => {
    due = 0;
    wake();
  };
  rest();
})();

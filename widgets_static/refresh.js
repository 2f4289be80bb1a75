(() => {
  const main = document.querySelector("main");
  const pause = main.querySelector("[aria-pressed]");
  const HOUR = 3600000;
  let nextAt = Infinity;
  let failures = 0;
  let isLoading;
  let isPaused;
  let timer;

  // Never before the requested time, and spread so that not all readers refresh at once.
  const schedule = () => {
    const every = main.dataset.every * 1000;
    const wait = Math.max(every, Math.min(every * 2 ** failures, HOUR));
    nextAt = Math.min(nextAt, Date.now() + wait * (1 + Math.random() / 10));
    startTimer();
  };

  const startTimer = () => {
    clearTimeout(timer);
    if (isLoading || isPaused || document.hidden) return;
    timer = setTimeout(refresh, nextAt - Date.now());
  };

  const refresh = async () => {
    isLoading = true;
    nextAt = Infinity;
    failures = await load().then(
      () => 0,
      () => failures + 1,
    );
    isLoading = false;
    schedule();
  };

  const load = async () => {
    const response = await fetch(location, { cache: "no-cache", credentials: "omit" });
    if (!response.ok) throw response;
    const text = await response.text();
    if (!isPaused) show(new DOMParser().parseFromString(text, "text/html").querySelector("main"));
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
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", isPaused);
    startTimer();
  };
  document.addEventListener("visibilitychange", startTimer);
  self.renewNow = () => {
    nextAt = 0;
    startTimer();
  };
  schedule();
})();

(() => {
  const main = document.querySelector("main");
  const pause = main.querySelector("[aria-pressed]");
  const status = main.querySelector("[role=status]");
  const LONGEST = 3600000;
  let due = 0;
  let busy = false;
  let wanted = false;
  let failures = 0;
  let alarm;

  const every = () => Math.max(60, main.dataset.every) * 1000;
  const paused = () => pause.getAttribute("aria-pressed") === "true";

  // Never earlier than asked for, and not everybody at the same moment.
  const rest = () => {
    const wait = Math.max(every(), Math.min(every() * 2 ** failures, LONGEST));
    due = Date.now() + wait * (1 + Math.random() / 10);
    wake();
  };

  const wake = () => {
    clearTimeout(alarm);
    if (busy || paused() || document.hidden) return;
    alarm = setTimeout(renew, wanted ? 0 : Math.max(0, due - Date.now()));
  };

  const say = (next) => {
    if (!status || !next || Number(next.dataset.passed) <= Number(status.dataset.passed)) return;
    status.dataset.passed = next.dataset.passed;
    status.textContent = next.dataset.say;
  };

  const show = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    const fresh = next.querySelectorAll("[data-live]");
    const now = main.querySelectorAll("[data-live]");
    if (fresh.length !== now.length) return location.reload();
    main.dataset.every = next.dataset.every;
    now.forEach((part, index) => {
      if (part.outerHTML !== fresh[index].outerHTML) part.replaceWith(fresh[index]);
    });
    say(next.querySelector("[role=status]"));
  };

  const ask = async () => {
    const answer = await fetch(location, { cache: "no-cache", credentials: "omit" });
    if (!answer.ok) throw answer.status;
    const text = await answer.text();
    if (!paused()) show(text);
  };

  const renew = async () => {
    busy = true;
    wanted = false;
    failures = await ask().then(
      () => 0,
      () => failures + 1,
    );
    busy = false;
    rest();
  };

  pause.hidden = false;
  pause.onclick = () => {
    pause.setAttribute("aria-pressed", !paused());
    wake();
  };
  document.addEventListener("visibilitychange", wake);
  document.addEventListener("renew", () => {
    wanted = true;
    wake();
  });
  rest();
})();

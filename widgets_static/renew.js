(() => {
  const main = document.querySelector("main");
  const pause = main.querySelector("button");
  const every = Math.max(60, main.dataset.every) * 1000;
  let last = Date.now();

  const parts = (root) => root.querySelectorAll("[data-live]");

  const show = (text) => {
    const next = parts(new DOMParser().parseFromString(text, "text/html"));
    const now = parts(main);
    if (next.length !== now.length) return location.reload();
    now.forEach((part, index) => {
      if (part.outerHTML !== next[index].outerHTML) part.replaceWith(next[index]);
    });
  };

  const renew = () => {
    const paused = pause.getAttribute("aria-pressed") === "true";
    if (paused || document.hidden || Date.now() - last < every) return;
    last = Date.now();
    fetch(location.pathname + location.search, { cache: "no-cache", credentials: "omit" })
      .then((answer) => (answer.ok ? answer.text().then(show) : null))
      .catch(() => {});
  };

  pause.hidden = false;
  pause.onclick = () => {
    pause.setAttribute("aria-pressed", pause.getAttribute("aria-pressed") !== "true");
    renew();
  };
  document.addEventListener("visibilitychange", renew);
  setInterval(renew, 5000);
})();

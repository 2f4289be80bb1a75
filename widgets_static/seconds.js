(() => {
  const main = document.querySelector("main");
  const pause = main.querySelector("[aria-pressed]");
  const clock = main.querySelector(".clock");
  if (!clock) return;
  const face = clock.querySelector("bdi");

  const two = (number) => String(number).padStart(2, "0");

  const written = (seconds) =>
    [Math.floor(seconds / 3600), two(Math.floor(seconds / 60) % 60), two(seconds % 60)]
      .join(":")
      .replace(/\d/g, (digit) => [...clock.dataset.digits][digit]);

  const tick = () => {
    if (document.hidden || pause.getAttribute("aria-pressed") === "true") return;
    const left = Math.max(0, Math.round(clock.dataset.to - Date.now() / 1000));
    clock.hidden = left === 0;
    face.textContent = written(left);
  };

  tick();
  setInterval(tick, 1000);
})();

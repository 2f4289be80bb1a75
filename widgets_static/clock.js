(() => {
  const clock = document.querySelector(".clock");
  if (!clock) return;

  const formatTime = (seconds) =>
    [seconds / 3600, (seconds / 60) % 60, seconds % 60]
      .map((part, index) => String(Math.floor(part)).padStart(index && 2, 0))
      .join(":")
      .replace(/\d/g, (digit) => clock.dataset.digits[digit]);

  const tick = () => {
    if (document.hidden || document.querySelector("[aria-pressed=true]")) return;
    const left = Math.round((new Date(clock.dataset.to) - Date.now()) / 1000);
    clock.hidden = left <= 0;
    clock.firstChild.textContent = formatTime(left);
  };

  tick();
  setInterval(tick, 1000);
})();

(() => {
  const form = document.getElementById("choice");
  const stage = document.querySelector(".stage");
  if (!form) return;

  const addressOf = () => `/?${new URLSearchParams(new FormData(form))}`;

  // The previous frame and its height stay until the next frame has loaded.
  const reframe = (fresh) => {
    const frame = stage.lastElementChild;
    if (frame.getAttribute("src") === fresh.getAttribute("src")) return;
    stage.style.minHeight = `${stage.offsetHeight}px`;
    fresh.onload = () => {
      while (fresh.previousElementSibling) fresh.previousElementSibling.remove();
    };
    stage.append(fresh);
  };

  const told = (field) => field.querySelector(".wrong")?.textContent;

  const judge = (next) => {
    for (const fresh of next.querySelectorAll(".field")) {
      const field = document.getElementById(fresh.id);
      if (told(field) === told(fresh)) continue;
      const focused = document.activeElement.id;
      field.replaceWith(fresh);
      document.getElementById(focused)?.focus();
    }
  };

  const take = (next) => {
    judge(next);
    if (next.querySelector("[aria-invalid]")) return;
    for (const fresh of next.querySelectorAll("[data-way]")) {
      document.getElementById(fresh.id).value = fresh.value;
    }
    reframe(next.querySelector("iframe"));
  };

  let asking;

  const show = async () => {
    asking?.abort();
    asking = new AbortController();
    const address = addressOf();
    const answer = await fetch(address, { signal: asking.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.getElementById(form.id)) take(page);
    history.replaceState(null, "", address + location.hash);
  };

  document.addEventListener("change", (event) => {
    const { form: of, name, value } = event.target;
    if (of !== form) return;
    if (name in stage.dataset) {
      stage.dataset[name] = value;
      history.replaceState(null, "", addressOf() + location.hash);
    } else {
      show().catch(() => {});
    }
  });
})();

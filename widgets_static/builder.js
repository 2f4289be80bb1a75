(() => {
  const form = document.getElementById("choice");
  const stage = document.querySelector(".stage");
  if (!form) return;

  const makeUrl = () => `/?${new URLSearchParams(new FormData(form))}`;

  // The previous frame and its height stay until the next frame has loaded.
  const replaceFrame = (fresh) => {
    const frame = stage.lastElementChild;
    if (frame.getAttribute("src") === fresh.getAttribute("src")) return;
    stage.style.minHeight = `${stage.offsetHeight}px`;
    fresh.onload = () => {
      while (fresh.previousElementSibling) fresh.previousElementSibling.remove();
    };
    stage.append(fresh);
  };

  const getError = (field) => field.querySelector(".wrong")?.textContent;

  const updateErrors = (next) => {
    for (const fresh of next.querySelectorAll(".field")) {
      const field = document.getElementById(fresh.id);
      if (getError(field) === getError(fresh)) continue;
      const focused = document.activeElement.id;
      field.replaceWith(fresh);
      document.getElementById(focused)?.focus();
    }
  };

  const applyPage = (next) => {
    updateErrors(next);
    if (next.querySelector("[aria-invalid]")) return;
    for (const fresh of next.querySelectorAll("[data-way]")) {
      document.getElementById(fresh.id).value = fresh.value;
    }
    replaceFrame(next.querySelector("iframe"));
  };

  let request;

  const update = async () => {
    request?.abort();
    request = new AbortController();
    const url = makeUrl();
    const response = await fetch(url, { signal: request.signal });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (page.getElementById(form.id)) applyPage(page);
    history.replaceState(null, "", url + location.hash);
  };

  document.addEventListener("change", (event) => {
    const { form: of, name, value } = event.target;
    if (of !== form) return;
    if (name in stage.dataset) {
      stage.dataset[name] = value;
      history.replaceState(null, "", makeUrl() + location.hash);
    } else {
      update().catch(() => {});
    }
  });
})();

// The server has rendered what changes from one offset from UTC to the next: the reader's is shown.
(() => {
  self.renewing = (main) => {
    for (const change of main.querySelectorAll("template"))
      if (change.dataset.from <= -new Date().getTimezoneOffset())
        for (const part of [...change.content.children])
          main.querySelector(`[data-live=${part.dataset.live}]`).replaceWith(part);
  };
  renewing(document.querySelector("main"));
})();

// The server has rendered the parts that differ by UTC offset: show those of the reader's.
(() => {
  self.renewing = (main) => {
    for (const change of main.querySelectorAll("template"))
      if (change.dataset.from <= -new Date().getTimezoneOffset())
        for (const part of [...change.content.children])
          main.querySelector(`[data-live=${part.dataset.live}]`).replaceWith(part);
  };
  renewing(document.querySelector("main"));
})();

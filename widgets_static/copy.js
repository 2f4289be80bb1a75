(() => {
  const told = document.querySelector(".told");

  const tell = (text) => {
    told.textContent = text;
    setTimeout(() => {
      told.textContent = "";
    }, 3000);
  };

  // Not navigator.clipboard: cross-origin frames may not use it, and this works there too.
  const copy = (field) => {
    field.select();
    tell(document.execCommand("copy") ? told.dataset.copied : told.dataset.selected);
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.onclick = () => copy(document.getElementById(button.dataset.copy));
  }
})();

(() => {
  const status = document.querySelector(".told");

  const showStatus = (text) => {
    status.textContent = text;
    setTimeout(() => {
      status.textContent = "";
    }, 3000);
  };

  // Not navigator.clipboard: cross-origin frames may not use it, and this works there too.
  const copy = (field) => {
    field.select();
    showStatus(document.execCommand("copy") ? status.dataset.copied : status.dataset.selected);
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.onclick = () => copy(document.getElementById(button.dataset.copy));
  }
})();

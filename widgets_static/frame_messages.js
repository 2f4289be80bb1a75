// Sends the height of the widget to the page around it, in the format that the page requests.
(() => {
  if (parent === self) return;
  const root = document.documentElement;
  // A link inside the widget drops the query of the frame; the name of the window is kept.
  const asked = new URLSearchParams(`${location.search}&${location.hash.slice(2)}&${self.name}`);
  const secret = asked.get("secret");
  const child = asked.get("childId");
  if (secret || child) self.name = asked;
  const shrunk = {};
  let said = 0;
  let timer;
  let mastodon;
  let resizer;

  const tell = (message) => parent.postMessage(message, "*");

  const say = (kind) => {
    const height = Math.min(Math.ceil(root.getBoundingClientRect().height), 9999);
    if (!height) said = 0;
    if (!height || (!kind && Math.abs(height - said) < 2)) return;
    // A host whose width follows our height would loop for ever.
    if (!kind && height < said) {
      shrunk[innerWidth] = ++shrunk[innerWidth] || 1;
      if (shrunk[innerWidth] > 9) return;
    }
    said = height;
    tell({ type: "imd:height", height, title: document.title });
    if (secret) tell({ message: "height", value: height, secret });
    if (child) tell(`pymxPYMx${child}xPYMxheightxPYMx${height}`);
    if (mastodon) tell({ ...mastodon, height });
    if (resizer) tell(`[iFrameSizer]${resizer}:${height}:${innerWidth}:${kind || "size"}`);
  };

  // In a hidden frame only timers run: no event is fired when the page lays it out at last.
  // WordPress may also load its listener late, without requesting earlier messages.
  const insist = (wait = 50) => {
    clearTimeout(timer);
    say("size");
    if (secret || !said) timer = setTimeout(insist, wait, Math.min(wait * 2, said ? 4e6 : 2e3));
  };

  addEventListener("message", ({ source, data }) => {
    if (source !== parent || !data) return;
    const named = /^\[iFrameSizer\](.+?):/.exec(data);
    if (named) resizer = named[1];
    if (data.type === "setHeight") mastodon = data;
    if (named) say("init");
    else if (data === mastodon || data.message === "ready") insist();
  });

  // WordPress's sandbox opens no window, but the page around it follows links to our host.
  addEventListener("click", (event) => {
    const link = secret && event.target.closest("a[target]");
    if (!link) return;
    event.preventDefault();
    if (link.dataset.via) link.href = link.dataset.via;
    tell({ message: "link", value: link.href, secret });
  });

  insist();
  addEventListener("load", () => insist());
  // Keep this last: Safari before 13.1 has no ResizeObserver and stops here.
  new ResizeObserver(() => say()).observe(root);
})();

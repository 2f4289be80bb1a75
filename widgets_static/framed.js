// Tells the page around the widget how high it is, in the words of whoever asks.
(() => {
  if (parent === self) return;
  const root = document.documentElement;
  // A link inside the widget loses the address it was framed with; the window keeps its name.
  const asked = new URLSearchParams(`${location.search}&${location.hash.slice(2)}&${self.name}`);
  const secret = asked.get("secret");
  const child = asked.get("childId");
  if (secret || child) self.name = asked;
  const shrunk = {};
  let said = 0;
  let mastodon;
  let resizer;

  const tell = (message) => parent.postMessage(message, "*");

  const say = (kind) => {
    const height = Math.min(Math.ceil(root.getBoundingClientRect().height), 9999);
    if (!height || (!kind && Math.abs(height - said) < 2)) return;
    // A host whose width follows our height would go back and forth for ever.
    const shrinks = !kind && height < said;
    if (shrinks) shrunk[innerWidth] = (shrunk[innerWidth] || 0) + 1;
    if (shrinks && shrunk[innerWidth] > 9) return;
    said = height;
    tell({ type: "imd:height", height, title: document.title });
    if (secret) tell({ message: "height", value: height, secret });
    if (child) tell(`pymxPYMx${child}xPYMxheightxPYMx${height}`);
    if (mastodon) tell({ type: "setHeight", id: mastodon.id, height });
    if (resizer) tell(`[iFrameSizer]${resizer}:${height}:${innerWidth}:${kind || "size"}`);
  };

  addEventListener("message", ({ source, data }) => {
    if (source !== parent || !data) return;
    const named = /^\[iFrameSizer\](.+?):/.exec(data);
    if (named) resizer = named[1];
    if (data.type === "setHeight") mastodon = data;
    if (named) say("init");
    else if (data === mastodon || data.message === "ready") say("size");
  });

  // In WordPress's sandbox no window opens: there the page around follows a link to our host.
  addEventListener("click", (event) => {
    const link = secret && event.target.closest("a[target]");
    if (!link) return;
    event.preventDefault();
    const { href } = new URL(link.dataset.via || link.getAttribute("href"), location);
    tell({ message: "link", value: href, secret });
  });

  say("size");
  addEventListener("load", () => say("size"));
  if (self.ResizeObserver) new ResizeObserver(() => say()).observe(root);
})();

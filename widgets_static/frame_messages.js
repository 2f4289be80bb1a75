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
  let timer;
  let mastodon;
  let resizer;

  const tell = (message) => parent.postMessage(message, "*");

  const say = (kind) => {
    const height = Math.min(Math.ceil(root.getBoundingClientRect().height), 9999);
    if (!height) said = 0;
    if (!height || (!kind && Math.abs(height - said) < 2)) return;
    // A host whose width follows our height would go back and forth for ever.
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

  // In a hidden frame only timers run: there is no event when its page lays it out at last.
  // And WordPress may load its listener late, without asking for what was sent before.
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

  // In WordPress's sandbox no window opens: there the page around follows a link to our host.
  addEventListener("click", (event) => {
    const link = secret && event.target.closest("a[target]");
    if (!link) return;
    event.preventDefault();
    if (link.dataset.via) link.href = link.dataset.via;
    tell({ message: "link", value: link.href, secret });
  });

  insist();
  addEventListener("load", () => insist());
  // The last statement: Safari before 13.1 has no observer, and stops here.
  new ResizeObserver(() => say()).observe(root);
})();

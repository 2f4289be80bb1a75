// Sends the height of the widget to the page around it, in the format that the page requests.
(() => {
  if (parent === self) return;
  const root = document.documentElement;
  // A link inside the widget drops the query of the frame; the name of the window is kept.
  const params = new URLSearchParams(`${location.search}&${location.hash.slice(2)}&${self.name}`);
  const secret = params.get("secret");
  const child = params.get("childId");
  if (secret || child) self.name = params;
  const shrinkCounts = {};
  let sentHeight = 0;
  let timer;
  let mastodon;
  let resizer;

  const post = (message) => parent.postMessage(message, "*");

  const sendHeight = (kind) => {
    const height = Math.min(Math.ceil(root.getBoundingClientRect().height), 9999);
    if (!height) sentHeight = 0;
    if (!height || (!kind && Math.abs(height - sentHeight) < 2)) return;
    // A host whose width follows our height would loop for ever.
    if (!kind && height < sentHeight) {
      shrinkCounts[innerWidth] = ++shrinkCounts[innerWidth] || 1;
      if (shrinkCounts[innerWidth] > 9) return;
    }
    sentHeight = height;
    post({ type: "imd:height", height, title: document.title });
    if (secret) post({ message: "height", value: height, secret });
    if (child) post(`pymxPYMx${child}xPYMxheightxPYMx${height}`);
    if (mastodon) post({ ...mastodon, height });
    if (resizer) post(`[iFrameSizer]${resizer}:${height}:${innerWidth}:${kind || "size"}`);
  };

  // In a hidden frame only timers run: no event is fired when the page lays it out at last.
  // WordPress may also load its listener late, without requesting earlier messages.
  const sendUntilReceived = (wait = 50) => {
    clearTimeout(timer);
    sendHeight("size");
    if (secret || !sentHeight)
      timer = setTimeout(sendUntilReceived, wait, Math.min(wait * 2, sentHeight ? 4e6 : 2e3));
  };

  addEventListener("message", ({ source, data }) => {
    if (source !== parent || !data) return;
    const resizerMessage = /^\[iFrameSizer\](.+?):/.exec(data);
    if (resizerMessage) resizer = resizerMessage[1];
    if (data.type === "setHeight") mastodon = data;
    if (resizerMessage) sendHeight("init");
    else if (data === mastodon || data.message === "ready") sendUntilReceived();
  });

  // WordPress's sandbox opens no window, but the page around it follows links to our host.
  addEventListener("click", (event) => {
    const link = secret && event.target.closest("a[target]");
    if (!link) return;
    event.preventDefault();
    if (link.dataset.via) link.href = link.dataset.via;
    post({ message: "link", value: link.href, secret });
  });

  sendUntilReceived();
  addEventListener("load", () => sendUntilReceived());
  // Keep this last: Safari before 13.1 has no ResizeObserver and stops here.
  new ResizeObserver(() => sendHeight()).observe(root);
})();

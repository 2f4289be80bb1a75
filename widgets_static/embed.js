(() => {
  const tag = "imd-widget";
  if (customElements.get(tag)) return;
  // Filled in by the server: its URL, the options of its widgets, and the heights to reserve.
  const site = "__SITE__";
  const listeners = new Map();
  const sizedFrames = new WeakSet();

  const findLanguage = (element) => {
    const tag = site.languages.find((name) => element.matches(`:lang(${name})`));
    return site.aliases[tag] || tag || "en";
  };

  const makeUrl = (element, widget, lang) => {
    const petition = element.getAttribute("petition") || site.petition;
    const pathParameter = site.petitions.includes(widget) ? `/${encodeURIComponent(petition)}` : "";
    const query = new URLSearchParams({ lang });
    for (const name of site.options.slice(2)) {
      const value = element.getAttribute(name);
      if (value) query.set(name, value);
    }
    return `${site.home}/w/${widget}${pathParameter}?${query}`;
  };

  const makeFrame = (src, height) => {
    const frame = document.createElement("iframe");
    frame.style.cssText = `grid-area:1/1;width:100%;height:${height}px;border:0;visibility:hidden`;
    frame.sandbox = site.sandbox;
    frame.referrerPolicy = "no-referrer";
    frame.loading = "lazy";
    frame.src = src;
    return frame;
  };

  const setHeight = (frame, target, height) => {
    const { style } = frame;
    const before = sizedFrames.has(frame) && style.height;
    style.boxSizing = "content-box";
    style.height = `${height}px`;
    sizedFrames.add(frame);
    if (before === style.height) return;
    const name = before === false ? "imd:ready" : "imd:resize";
    const options = { bubbles: true, composed: true, detail: { height } };
    target.dispatchEvent(new CustomEvent(name, options));
  };

  class Widget extends HTMLElement {
    #root = this.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
    #slot = this.#root.appendChild(document.createElement("slot"));
    #frame;
    #pending;
    #src;
    #width;

    static get observedAttributes() {
      return site.options;
    }

    connectedCallback() {
      this.#root.style.display = "grid";
      this.#slot.style.cssText = "display:block;grid-area:1/1";
      this.#pending ||= Promise.resolve().then(() => this.#show());
    }

    attributeChangedCallback() {
      this.connectedCallback();
    }

    disconnectedCallback() {
      listeners.delete(this.#frame);
      this.#frame?.remove();
      this.#src = this.#width = 0;
    }

    #show() {
      this.#pending = 0;
      if (!this.isConnected) return;
      const widget = this.getAttribute("widget");
      const heights = site.heights[widget];
      if (!heights) throw Error(`widget is one of ${Object.keys(site.heights)}`);
      const lang = findLanguage(this);
      const src = makeUrl(this, widget, lang);
      if (this.#src === src) return;
      this.disconnectedCallback();
      this.#src = src;
      this.#frame = this.#root.appendChild(makeFrame(src, heights[lang] || heights.all));
      listeners.set(this.#frame, (message) => this.#applyMessage(message));
    }

    // A visible frame may grow but not shrink, because the text below it would jump.
    #applyMessage({ height, title }) {
      const frame = this.#frame;
      const box = frame.getBoundingClientRect();
      const seen = box.top < innerHeight && (this.#width || box.width) === box.width;
      this.#width = box.width;
      frame.title = title;
      frame.style.visibility = "";
      this.#slot.remove();
      setHeight(frame, this, seen ? Math.max(height, box.height) : height);
    }
  }

  const isOurs = ({ src }) => src.startsWith(`${site.home}/w/`);
  const listFrames = () => [...document.querySelectorAll("iframe")].filter(isOurs);

  addEventListener("message", ({ source, data }) => {
    if (!source || data?.type !== "imd:height" || !(data.height > 0)) return;
    const frame = [...listeners.keys(), ...listFrames()].find((f) => f.contentWindow === source);
    if (listeners.has(frame)) listeners.get(frame)(data);
    else if (frame) setHeight(frame, frame, data.height);
  });

  for (const frame of listFrames()) frame.contentWindow.postMessage({ message: "ready" }, "*");
  customElements.define(tag, Widget);
})();

(() => {
  const tag = "imd-widget";
  if (customElements.get(tag)) return;
  // Filled in by the server: its URL, the options of its widgets, and the heights to reserve.
  const site = "__SITE__";
  const held = new Map();
  const met = new WeakSet();

  const languageOf = (element) =>
    site.languages.find((name) => element.matches(`:lang(${name})`)) || "en";

  const addressOf = (element, widget, lang) => {
    const petition = element.getAttribute("petition") || site.petition;
    const place = site.petitions.includes(widget) ? `/${encodeURIComponent(petition)}` : "";
    const query = new URLSearchParams({ lang });
    for (const name of site.options.slice(2)) {
      const value = element.getAttribute(name);
      if (value) query.set(name, value);
    }
    return `${site.home}/w/${widget}${place}?${query}`;
  };

  const frameAt = (src, height) => {
    const frame = document.createElement("iframe");
    frame.style.cssText = `grid-area:1/1;width:100%;height:${height}px;border:0;visibility:hidden`;
    frame.sandbox = site.sandbox;
    frame.referrerPolicy = "no-referrer";
    frame.loading = "lazy";
    frame.src = src;
    return frame;
  };

  const fit = (frame, target, height) => {
    const { style } = frame;
    const before = met.has(frame) && style.height;
    style.boxSizing = "content-box";
    style.height = `${height}px`;
    met.add(frame);
    if (before === style.height) return;
    const name = before === false ? "imd:ready" : "imd:resize";
    const told = { bubbles: true, composed: true, detail: { height } };
    target.dispatchEvent(new CustomEvent(name, told));
  };

  class Widget extends HTMLElement {
    #room = this.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
    #slot = this.#room.appendChild(document.createElement("slot"));
    #frame;
    #due;
    #src;
    #width;

    static get observedAttributes() {
      return site.options;
    }

    connectedCallback() {
      this.#room.style.display = "grid";
      this.#slot.style.cssText = "display:block;grid-area:1/1";
      this.#due ||= Promise.resolve().then(() => this.#show());
    }

    attributeChangedCallback() {
      this.connectedCallback();
    }

    disconnectedCallback() {
      held.delete(this.#frame);
      this.#frame?.remove();
      this.#src = this.#width = 0;
    }

    #show() {
      this.#due = 0;
      if (!this.isConnected) return;
      const widget = this.getAttribute("widget");
      const heights = site.heights[widget];
      if (!heights) throw Error(`widget is one of ${Object.keys(site.heights)}`);
      const lang = languageOf(this);
      const src = addressOf(this, widget, lang);
      if (this.#src === src) return;
      this.disconnectedCallback();
      this.#src = src;
      this.#frame = this.#room.appendChild(frameAt(src, heights[lang] || heights.all));
      held.set(this.#frame, (said) => this.#take(said));
    }

    // A visible frame may grow but not shrink, because the text below it would jump.
    #take({ height, title }) {
      const frame = this.#frame;
      const box = frame.getBoundingClientRect();
      const seen = box.top < innerHeight && (this.#width || box.width) === box.width;
      this.#width = box.width;
      frame.title = title;
      frame.style.visibility = "";
      this.#slot.remove();
      fit(frame, this, seen ? Math.max(height, box.height) : height);
    }
  }

  const ours = ({ src }) => src.startsWith(`${site.home}/w/`);
  const frames = () => [...document.querySelectorAll("iframe")].filter(ours);

  addEventListener("message", ({ source, data }) => {
    if (!source || data?.type !== "imd:height" || !(data.height > 0)) return;
    const frame = [...held.keys(), ...frames()].find((f) => f.contentWindow === source);
    if (held.has(frame)) held.get(frame)(data);
    else if (frame) fit(frame, frame, data.height);
  });

  for (const frame of frames()) frame.contentWindow.postMessage({ message: "ready" }, "*");
  customElements.define(tag, Widget);
})();

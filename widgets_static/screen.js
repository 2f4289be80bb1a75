(() => {
  const main = document.querySelector("main");
  const RETRY_MS = 300000;

  // A broken stream reconnects by itself; a rejected one is requested again later.
  const open = () => {
    const stream = new EventSource(main.dataset.stream);
    stream.onmessage = ({ data }) => {
      if (data === main.dataset.shown) return;
      main.dataset.shown = data;
      renewNow();
    };
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(open, RETRY_MS);
    };
  };

  open();
})();

(() => {
  const main = document.querySelector("main");
  const AGAIN = 300000;

  // A stream that breaks opens again by itself; one that is refused is asked for later.
  const open = () => {
    const stream = new EventSource(main.dataset.stream);
    stream.onmessage = ({ data }) => {
      if (data === main.dataset.shown) return;
      main.dataset.shown = data;
      renewNow();
    };
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(open, AGAIN);
    };
  };

  open();
})();

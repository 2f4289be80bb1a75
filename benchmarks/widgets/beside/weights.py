"""Scripts that a partner's page loads, or a frame in it: our bars, and the peers'."""

WEIGHTS = (
    ("in a widget, for its height", ("frame_messages.js",), 800),
    ("loader and `<imd-widget>`", ("embed.js",), 1_500),
    ("iframe-resizer, in the frame", ("child.js",), 0),
    ("iframe-resizer, in the page", ("parent.js",), 0),
    ("giscus's component", ("giscus.mjs",), 0),
    ("github-buttons", ("buttons.min.js",), 0),
    ("Cal.com's snippet", ("cal.js",), 0),
)

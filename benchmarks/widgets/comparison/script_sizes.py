"""The scripts whose sizes are compared, with the bars of our own."""

SCRIPTS = (
    ("in a widget, for its height", ("frame_messages.js",), 800),
    ("loader and `<imd-widget>`", ("embed.js",), 1_500),
    ("iframe-resizer, in the frame", ("child.js",), 0),
    ("iframe-resizer, in the page", ("parent.js",), 0),
    ("giscus's component", ("giscus.mjs",), 0),
    ("github-buttons", ("buttons.min.js",), 0),
    ("Cal.com's snippet", ("cal.js",), 0),
)

"""The style sheets that a language needs beside those of all pages, by their names."""

LANGUAGE_STYLES = {
    **dict.fromkeys(("bn", "hi", "ne"), ("line_spacing",)),
    **dict.fromkeys(("ar", "fa"), ("line_spacing", "rtl")),
    "ur": ("line_spacing", "rtl", "nastaliq"),
    "ko": ("keep_words",),
    "my": ("burmese",),
}

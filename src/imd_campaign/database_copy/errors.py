class CopyFailed(Exception):  # noqa: N818 it says what happened
    """Nothing was copied; the message is for the person who runs the campaign."""

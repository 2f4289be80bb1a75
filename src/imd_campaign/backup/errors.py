class BackupFailed(Exception):  # noqa: N818 it says what happened
    """Nothing was changed; the message is for the person who runs the campaign."""

"""Backs up a campaign into one file, and restores it into an empty database."""

"""Follows the public calendars of partner groups: their events arrive for moderation."""

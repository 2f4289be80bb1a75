"""Holds back e-mail in a database that was restored from a backup, until staff decide."""

from datetime import date

# The year is that in which the United Nations adopted the convention; only the day is shown.
MIGRANTS_DAY = date(1990, 12, 18)

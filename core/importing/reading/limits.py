"""How much a file may be. The answer to one that is more says which limit it is."""

from __future__ import annotations

#: Rows with something in them, and columns.
MOST_ROWS = 250_000
MOST_COLUMNS = 250
#: What a spreadsheet allows in a cell; longer texts of a CSV file are cut behind it, and no
#: field takes one.
LONGEST_CELL = 32_767
MOST_SHEETS = 255
#: What an archive may say that it unpacks to, all parts together and a single one.
MOST_UNPACKED_BYTES = 1024**3
MOST_PARTS = 5_000
#: Of all cells together, as text.
MOST_CHARACTERS = 500_000_000

#: Of the process that reads: memory it may ask for, time on a processor, time on the clock.
MEMORY_BYTES = 1536 * 1024**2
PROCESSOR_SECONDS = 90
SECONDS = 300

#: A row of the sheet beyond which no spreadsheet program goes.
LAST_ROW = 1_048_576
#: Rows per message between the processes.
BLOCK = 500

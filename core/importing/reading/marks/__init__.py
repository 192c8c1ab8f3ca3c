"""What a parser doesn't say of cells: errors, formulas without a value, zeros that are shown."""

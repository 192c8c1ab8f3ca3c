"""The tools modules are made with; they know no business word."""

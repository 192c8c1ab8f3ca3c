"""Lists as files: of what is filtered, in its order and columns, made by a job."""

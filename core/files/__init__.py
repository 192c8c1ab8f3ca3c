"""Files that people send in: uploaded beside the API, kept by what they hold, fetched by link."""

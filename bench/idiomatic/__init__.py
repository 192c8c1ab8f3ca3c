"""The same Overview as a good engineer writes it with Strawberry, the ORM and aiodataloader."""

"""What ran at night: the record of each job, tenant and day."""

"""Jobs: those of the night, those that people start, and who works at them."""

from core.jobs.services.asked import cancel, pause, resume, start_job

__all__ = ["cancel", "pause", "resume", "start_job"]

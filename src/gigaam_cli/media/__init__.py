"""Finding recordings, and turning them into samples with FFmpeg."""

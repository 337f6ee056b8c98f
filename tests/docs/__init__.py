"""What ``docs/`` and the READMEs show: the same in both languages, and true."""

"""What the project is made and measured with; nothing here is shipped."""

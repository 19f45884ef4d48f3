"""The plan document: HTML, DOCX and Markdown in both languages, rendered from the model."""

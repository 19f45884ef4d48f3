"""The document as DOCX: real headings, a table of contents, captions, header rows, alt texts."""

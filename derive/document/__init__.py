"""What a document says, the record of a page, and the styles that change how it is said."""

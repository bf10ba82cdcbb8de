"""What leaves the books as a file: workbooks for spreadsheets, dossiers for print. Pure: rows in, bytes out."""

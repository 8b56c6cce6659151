"""Reading spreadsheets that nobody prepared: CSV, XLSX, XLS, in whatever encoding they came."""

"""What is kept of a batch, a drain and a patch night: tables, JSON, workbooks, runbooks and pages."""

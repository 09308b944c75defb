"""PostgreSQL as Django knows it, but that emptying it between tests is allowed."""

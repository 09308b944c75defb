-- The floor of a wallet that everybody adds to: one column of one row, and nothing else.
UPDATE floor_hot SET balance = balance + 1 WHERE id = 1;

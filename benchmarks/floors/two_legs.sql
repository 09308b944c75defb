\set to random(1, :members)
\set from random(:members + 1, 2 * :members)
SELECT two_legs_transfer(:from, :to, 10);

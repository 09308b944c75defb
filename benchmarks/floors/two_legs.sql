\set to random(1, :members)
\set from random(:members + 1, 2 * :members)
SELECT * FROM two_legs_transfer('a_' || :from, 'a_' || :to, 10);

-- A year of lineitem, to be written in directories by return flag: several files from every task.
SELECT * FROM lineitem
WHERE l_shipdate >= DATE '1995-01-01' AND l_shipdate < DATE '1996-01-01'

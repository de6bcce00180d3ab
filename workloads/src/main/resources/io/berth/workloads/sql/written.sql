-- What was written, small enough to compare.
SELECT l_returnflag, l_shipmode, count(*) AS lines, sum(l_orderkey) AS orders, sum(l_extendedprice) AS price,
       max(l_shipdate) AS latest, sum(CAST(crc32(CAST(l_comment AS BINARY)) AS DECIMAL(20, 0))) AS comments
FROM written
GROUP BY l_returnflag, l_shipmode

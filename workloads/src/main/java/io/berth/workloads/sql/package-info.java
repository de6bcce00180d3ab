/** SQL over TPC-H's tables: their generator, queries derived from TPC-H's, and the proof of their answers. */
@NullMarked
package io.berth.workloads.sql;

import org.jspecify.annotations.NullMarked;

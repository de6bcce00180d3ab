@NullMarked
package io.berth.workloads.sql;

import org.jspecify.annotations.NullMarked;

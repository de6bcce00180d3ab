/** Structured Streaming: a source that keeps to its schedule, a query with state, and what a batch of it costs. */
@NullMarked
package io.berth.workloads.streaming;

import org.jspecify.annotations.NullMarked;

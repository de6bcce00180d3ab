/** What a Spark application says about itself: record lines, one JSON object a line, ending in a sealed end record. */
@NullMarked
package io.berth.model.records;

import org.jspecify.annotations.NullMarked;

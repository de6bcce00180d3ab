/** What came back: outcomes and measurements of trials, and the directory that keeps them. */
@NullMarked
package io.berth.model.results;

import org.jspecify.annotations.NullMarked;

/** What is looked at in a pod before a run. */
@NullMarked
package io.berth.model.check;

import org.jspecify.annotations.NullMarked;

/** From a suite to a plan. */
@NullMarked
package io.berth.runner.plan;

import org.jspecify.annotations.NullMarked;

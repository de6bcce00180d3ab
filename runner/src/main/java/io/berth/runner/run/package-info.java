/** From a plan to sealed trials. */
@NullMarked
package io.berth.runner.run;

import org.jspecify.annotations.NullMarked;

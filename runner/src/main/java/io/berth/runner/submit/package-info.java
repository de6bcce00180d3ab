/** Starting the Spark application of one trial and bringing back what it says. */
@NullMarked
package io.berth.runner.submit;

import org.jspecify.annotations.NullMarked;

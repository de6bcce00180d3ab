/** What will run: a suite resolved into trials, and the specification that one Spark application is started with. */
@NullMarked
package io.berth.model.plan;

import org.jspecify.annotations.NullMarked;

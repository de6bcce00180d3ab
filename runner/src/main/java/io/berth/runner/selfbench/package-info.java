/** Berth measures itself. */
@NullMarked
package io.berth.runner.selfbench;

import org.jspecify.annotations.NullMarked;

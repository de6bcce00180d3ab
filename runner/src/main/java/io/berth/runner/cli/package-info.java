/** The command line: verbs, exit codes and what the terminal shows. */
@NullMarked
package io.berth.runner.cli;

import org.jspecify.annotations.NullMarked;

/** What would make a run fail or say less than it could, found before it starts. */
@NullMarked
package io.berth.runner.doctor;

import org.jspecify.annotations.NullMarked;

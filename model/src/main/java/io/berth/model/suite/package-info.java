/** What a person writes: suites, workload definitions and storage profiles, validated at the border. */
@NullMarked
package io.berth.model.suite;

import org.jspecify.annotations.NullMarked;

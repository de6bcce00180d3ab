/** Applications as pods: what they are made of, what happens to them, and how results come back. */
@NullMarked
package io.berth.runner.submit.kubernetes;

import org.jspecify.annotations.NullMarked;

/** What runs in the Spark driver: the SPI of workloads and the application that runs one of them for a trial. */
@NullMarked
package io.berth.workloads;

import org.jspecify.annotations.NullMarked;
